// swift-tools-version: 6.2
import PackageDescription

// Warnings are fatal where the project is checked, not where somebody builds it with a newer compiler.
let strict: [SwiftSetting] = Context.environment["MARTLET_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]
let settings: [SwiftSetting] =
  [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility")] + strict

/// A target of a floor: Sources/<floor>/<name>.
func floor(_ folder: String, _ name: String, _ uses: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: uses, path: "Sources/\(folder)/\(name)", exclude: [], swiftSettings: settings)
}

/// A room: Sources/6-Rooms/<name>, which may use every floor below and no other room.
func room(_ name: String, _ uses: [Target.Dependency] = []) -> Target {
  .target(
    name: name,
    dependencies: ["JSON", "Time", "Store", "ServiceKit", "Wire", .product(name: "Logging", package: "swift-log")] + uses,
    path: "Sources/6-Rooms/\(name)",
    exclude: ["README.md"],
    swiftSettings: settings)
}

/// The tests of one target: Tests/<target>Tests.
func tests(_ name: String, _ uses: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.init(stringLiteral: name)] + ["JSON", "Time"].filter { $0 != name }.map { .init(stringLiteral: $0) } + uses,
    path: "Tests/\(name)Tests",
    swiftSettings: settings)
}

/// A benchmark: Benchmarks/<name>/*.swift, an executable named bench-<name>.
func bench(_ name: String, _ uses: [Target.Dependency], scripts: [String] = []) -> Target {
  .executableTarget(
    name: "bench-\(name)", dependencies: uses, path: "Benchmarks/\(name)", exclude: scripts, swiftSettings: settings)
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

let package = Package(
  name: "martlet",
  platforms: [.macOS(.v15)],
  products: [],
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // 0-Ground
    .systemLibrary(name: "CCairo", path: "Sources/0-Ground/CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
    .systemLibrary(name: "CSQLite", path: "Sources/0-Ground/CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CSnappy", path: "Sources/0-Ground/CSnappy", providers: [.apt(["libsnappy-dev"])]),
    .systemLibrary(name: "CZstd", path: "Sources/0-Ground/CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CZlib", path: "Sources/0-Ground/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    floor("0-Ground", "Gzip", ["CZlib"]),
    floor("0-Ground", "JSON", ["Time"]),
    floor("0-Ground", "Time"),
    tests("Gzip"),
    tests("JSON"),
    tests("Time"),
    // 1-Languages
    floor("1-Languages", "ScheduleExpression", ["Time"]),
    floor("1-Languages", "EventPattern", ["JSON", "EventPatternC"]),
    .target(name: "EventPatternC", path: "Sources/1-Languages/EventPatternC"),
    floor("1-Languages", "JSONPath", ["JSON", "Time"]),
    floor("1-Languages", "StatesLanguage", ["JSON", "Time", "JSONPath", "JSONata"]),
    floor("1-Languages", "FilterPattern", ["JSON"]),
    floor("1-Languages", "JSONata", ["JSON", "Time"]),
    floor("1-Languages", "MetricMath", ["JSON", "Time"]),
    floor("1-Languages", "LogsInsights", ["JSON", "Time", "LogsInsightsC"]),
    .target(name: "LogsInsightsC", path: "Sources/1-Languages/LogsInsightsC"),
    tests("ScheduleExpression"),
    tests("EventPattern"),
    tests("JSONPath"),
    tests("StatesLanguage", ["JSONPath", "JSONata"]),
    tests("FilterPattern"),
    floor("1-Languages", "InputTemplate", ["JSON", "Time"]),
    tests("InputTemplate"),
    tests("JSONata"),
    tests("MetricMath"),
    tests("LogsInsights"),
    // 2-Wire
    floor("2-Wire", "Protobuf"),
    floor("2-Wire", "RemoteWrite", ["CSnappy"]),
    floor("2-Wire", "SigV4", ["Time", crypto]),
    floor("2-Wire", "Telemetry", ["CSnappy", "JSON", "Protobuf"]),
    floor("2-Wire", "Wire", ["Gzip", "JSON", "Time"]),
    tests("RemoteWrite"),
    tests("SigV4"),
    tests("Telemetry", ["CSnappy", "Protobuf"]),
    tests("Wire"),
    // 3-Storage
    floor("3-Storage", "Store", ["JSON", "Time"]),
    floor("3-Storage", "StoreSQLite", ["CSQLite", "JSON", "Time", "Store"]),
    floor("3-Storage", "Series", ["JSON", "Time", "LogsInsights", "CZstd", "SeriesC", crypto]),
    .target(name: "SeriesC", path: "Sources/3-Storage/SeriesC"),
    tests("StoreSQLite", ["CSQLite", "Store"]),
    tests("Series", ["LogsInsights"]),
    // 4-ServiceKit
    .target(
      name: "ServiceKit", dependencies: ["JSON", "Time", "ScheduleExpression", "Store", "Wire", logging, crypto],
      path: "Sources/4-ServiceKit/ServiceKit",
      swiftSettings: settings),
    .target(
      name: "TestKit", dependencies: ["JSON", "Time", "Store", "StoreSQLite", "ServiceKit", "Wire", "Execution", logging],
      path: "Tests/TestKit",
      swiftSettings: settings),
    tests("ServiceKit", ["ScheduleExpression", "Store", "StoreSQLite", "Wire", "TestKit", logging]),
    // 5-Engines
    floor("5-Engines", "Execution", ["Time"]),
    .executableTarget(name: "martlet-nursery", path: "Sources/5-Engines/Nursery"),
    floor("5-Engines", "LocalExecution", ["JSON", "Time", "Execution", logging]),
    tests("LocalExecution", ["Execution", "martlet-nursery", logging]),
    // 6-Rooms
    room("IAM"),
    room("CloudTrail"),
    room("SQS", [crypto]),
    room("SNS", ["EventPattern"]),
    room("EventBridge", ["EventPattern", "InputTemplate", "ScheduleExpression"]),
    room("Scheduler", ["ScheduleExpression"]),
    room("Pipes", ["EventPattern", "InputTemplate"]),
    room("Batch", ["Execution"]),
    room("StepFunctions", ["StatesLanguage", "JSONPath", crypto]),
    room("Logs", ["FilterPattern", "Gzip", "LogsInsights", "ScheduleExpression", "Series", crypto]),
    room("CloudWatch", ["CCairo", "MetricMath", "Protobuf", "RemoteWrite", "Series"]),
    room("Inlets", ["Gzip", "Protobuf", "Telemetry"]),
    tests("Batch", ["Execution", "ServiceKit", "Store", "TestKit"]),
    tests("EventBridge", ["SQS", "ServiceKit", "Store", "TestKit"]),
    tests(
      "CloudWatch", ["CCairo", "MetricMath", "Protobuf", "RemoteWrite", "Series", "SNS", "SQS", "ServiceKit", "Store", "TestKit", "Wire"]),
    tests("Inlets", ["Gzip", "Protobuf", "ServiceKit", "Store", "TestKit", "Wire"]),
    tests("Logs", ["EventBridge", "Gzip", "LogsInsights", "Series", "SQS", "ServiceKit", "Store", "TestKit", "Wire"]),
    .testTarget(
      name: "RulesTests", dependencies: ["EventBridge", "JSON", "SQS", "ServiceKit", "Store", "TestKit", "Time"],
      path: "Tests/RulesTests", swiftSettings: settings),
    tests("Pipes", ["EventBridge", "SNS", "SQS", "ServiceKit", "StepFunctions", "Store", "TestKit", "Wire"]),
    tests("Scheduler", ["EventBridge", "SQS", "ScheduleExpression", "ServiceKit", "Store", "TestKit"]),
    tests("StepFunctions", ["EventBridge", "Logs", "Series", "ServiceKit", "Store", "SNS", "SQS", "TestKit"]),
    // 7-House
    .target(
      name: "Server",
      dependencies: [
        "Gzip", "JSON", "Time", "Wire", "SigV4", "Store", "StoreSQLite", "ServiceKit", logging, crypto,
        .product(name: "HummingbirdCore", package: "hummingbird"), .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      path: "Sources/7-House/Server", swiftSettings: settings),
    .target(
      name: "House",
      dependencies: [
        "Time", "Store", "StoreSQLite", "Series", "ServiceKit", "Execution", "LocalExecution", "Server", "IAM", "CloudTrail", "SQS", "SNS",
        "EventBridge", "Pipes", "Scheduler", "Batch", "StepFunctions", "Logs", "CloudWatch", "Inlets", "Wire", logging,
        .product(name: "NIOPosix", package: "swift-nio"), .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      path: "Sources/7-House/House", swiftSettings: settings),
    .target(
      name: "Commands",
      dependencies: [
        "EventPattern", "JSON", "JSONPath", "JSONata", "StatesLanguage", "Time", "SigV4", "Store", "ServiceKit", "Server", "House",
        "LocalExecution", logging, crypto,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"), .product(name: "Yams", package: "Yams"),
      ],
      path: "Sources/7-House/Commands", swiftSettings: settings),
    .executableTarget(
      name: "martlet", dependencies: ["Commands", "martlet-nursery"], path: "Sources/7-House/martlet", swiftSettings: settings),
    // Benchmarks
    bench("json", ["JSON", "Time"]),
    bench("jsonata", ["JSON", "JSONata"]),
    bench("store", ["Store", "StoreSQLite", "Time"]),
    bench(
      "jobs", ["Batch", "Execution", "JSON", "LocalExecution", "ServiceKit", "Store", "StoreSQLite", "Time", "martlet-nursery", logging]),
    bench("events", ["EventPattern", "JSON", "Time"]),
    bench("execution", ["Execution", "LocalExecution", "Time", "martlet-nursery", logging]),
    bench("insights", ["LogsInsights", "Time"]),
    bench("schedule", ["ScheduleExpression", "Time"]),
    bench(
      "schedules",
      [
        "BenchServer", "EventBridge", "JSON", "SQS", "Scheduler", "ServiceKit", "Store", "StoreSQLite", "TestKit", "Time", "Wire", logging,
        "martlet", "martlet-nursery",
      ]),
    bench(
      "states",
      ["BenchServer", "JSON", "ServiceKit", "StepFunctions", "Store", "StoreSQLite", "Time", logging, "martlet", "martlet-nursery"]),
    .target(
      name: "BenchServer",
      dependencies: [
        "JSON", "Server", "ServiceKit", "SigV4", "Time", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Benchmarks/server", swiftSettings: settings),
    bench("metrics", ["RemoteWrite", "Series", "Time"], scripts: ["query_http.py", "remote_write.py"]),
    bench("alarms", ["CloudWatch", "JSON", "SNS", "Series", "ServiceKit", "Store", "StoreSQLite", "Time", logging]),
    bench("series", ["LogsInsights", "Series", "Time"]),
    bench("logs", ["LogsInsights", "Series", "Time"]),
  ]
)
