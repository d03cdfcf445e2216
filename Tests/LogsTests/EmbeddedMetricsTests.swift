import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct EmbeddedMetricsTests {
  private static func open() async throws -> LoggedHouse {
    let logged = try await LoggedHouse()
    try await logged.house.call("logs", "CreateLogGroup", ["logGroupName": "app"])
    try await logged.house.call("logs", "CreateLogStream", ["logGroupName": "app", "logStreamName": "s"])
    return logged
  }

  /// What was counted of broken documents.
  private static func errors(_ house: TestHouse) async -> [MetricDatum] { await house.counted().filter { $0.name.hasPrefix("EMF") } }

  /// Writes events and answers the metrics that came of them.
  private static func put(_ house: TestHouse, _ messages: [String]) async throws -> [MetricDatum] {
    let before = house.seen.metrics.count
    let now = house.clock.now().milliseconds
    let events = messages.map { JSONValue.object(["timestamp": .int(now), "message": .string($0)]) }
    try await house.call("logs", "PutLogEvents", ["logGroupName": "app", "logStreamName": "s", "logEvents": .array(events)])
    return Array(house.seen.metrics.dropFirst(before))
  }

  private static func document(_ directive: String, _ root: String, at time: Int64) -> String {
    #"{"_aws": {"Timestamp": \#(time), "CloudWatchMetrics": [\#(directive)]}, \#(root)}"#
  }

  @Test func metricsOfAnEventAreStored() async throws {
    let logged = try await Self.open()
    defer { withExtendedLifetime(logged) {} }
    let house = logged.house
    let time = house.clock.now().milliseconds - 5_000
    let stored = try await Self.put(
      house,
      [
        Self.document(
          #"{"Namespace": "Shop", "Dimensions": [["Service"], ["Service", "Region"], []], "Metrics": [{"Name": "Latency", "Unit": "Milliseconds", "StorageResolution": 1}, {"Name": "Sizes"}]}"#,
          #""Service": "cart", "Region": "eu", "Latency": 12.5, "Sizes": [1, 2, 2], "requestId": "r""#, at: time)
      ])
    #expect(stored.count == 6)
    let latency = stored.filter { $0.name == "Latency" }
    #expect(latency.map(\.dimensions) == [["Service": "cart"], ["Service": "cart", "Region": "eu"], [:]])
    #expect(latency.allSatisfy { $0.namespace == "Shop" && $0.value == 12.5 && $0.unit == "Milliseconds" && $0.resolution == 1 })
    #expect(latency.allSatisfy { $0.time == Timestamp(milliseconds: time) })
    #expect(stored.last?.values == [.init(1, 1), .init(2, 2)] && stored.last?.resolution == 60 && stored.last?.unit == "None")
    #expect(await Self.errors(house).isEmpty)
  }

  @Test(arguments: [
    #"{"Dimensions": [[]], "Metrics": [{"Name": "M"}]}"#,
    #"{"Namespace": ":x", "Dimensions": [[]], "Metrics": [{"Name": "M"}]}"#,
    #"{"Namespace": "N", "Dimensions": [["Missing"]], "Metrics": [{"Name": "M"}]}"#,
    #"{"Namespace": "N", "Dimensions": [["Number"]], "Metrics": [{"Name": "M"}]}"#,
    #"{"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "Missing"}]}"#,
    #"{"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "Text"}]}"#,
    #"{"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "M", "Unit": "Parsec"}]}"#,
    #"{"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "M", "StorageResolution": 5}]}"#,
    #"{"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "Huge"}]}"#,
    #"{"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "Many"}]}"#,
    #"{"Namespace": "N", "Dimensions": [[]]}"#,
    #"{"Namespace": "N", "Dimensions": [["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20","21","22","23","24","25","26","27","28","29","30","31"]], "Metrics": [{"Name": "M"}]}"#,
    "7",
  ])
  func whatBreaksARuleIsCounted(_ directive: String) async throws {
    let logged = try await Self.open()
    defer { withExtendedLifetime(logged) {} }
    let house = logged.house
    let many = (0...100).map(String.init).joined(separator: ",")
    let root = #""M": 1, "Text": "a", "Number": 1, "Huge": 1e300, "Many": [\#(many)], "Good": 2"#
    let good = #"{"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "Good"}]}"#
    let stored = try await Self.put(house, [Self.document("\(directive), \(good)", root, at: house.clock.now().milliseconds)])
    #expect(stored.map(\.name) == ["Good"])
    let counted = await Self.errors(house)
    #expect(counted.map(\.name) == ["EMFValidationErrors"])
    #expect(counted.first?.namespace == "AWS/Logs" && counted.first?.dimensions == ["LogGroupName": "app"] && counted.first?.value == 1)
  }

  @Test func whatIsNoJSONIsAParsingError() async throws {
    let logged = try await Self.open()
    defer { withExtendedLifetime(logged) {} }
    let house = logged.house
    let stored = try await Self.put(
      house, [#"{"_aws": {"CloudWatchMetrics": [}"#, #"see "_aws" in the manual"#, #"{"_aws": 1}"#, #"{"x": "_aws"}"#, "plain", "_aws"])
    #expect(stored.isEmpty)
    let counted = await Self.errors(house)
    #expect(counted.map(\.name) == ["EMFParsingErrors"] && counted.first?.value == 1)
  }

  @Test func aTimestampFarAheadIsRefused() async throws {
    let logged = try await Self.open()
    defer { withExtendedLifetime(logged) {} }
    let house = logged.house
    let directive = #"{"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "M"}]}"#
    let future = house.clock.now().milliseconds + 8_000_000
    #expect(try await Self.put(house, [Self.document(directive, #""M": 1"#, at: future)]).isEmpty)
    #expect(try await Self.put(house, [#"{"_aws": {"CloudWatchMetrics": [\#(directive)]}, "M": 1}"#]).map(\.value) == [1])
    #expect(await Self.errors(house).map(\.name) == ["EMFValidationErrors"])
  }

  @Test func aSmallEventCanNotAskForMillionsOfSamples() async throws {
    let logged = try await Self.open()
    defer { withExtendedLifetime(logged) {} }
    let house = logged.house
    let sets = Array(repeating: "[]", count: 20_000).joined(separator: ",")
    let metrics = Array(repeating: #"{"Name": "M"}"#, count: 100).joined(separator: ",")
    let directive = #"{"Namespace": "N", "Dimensions": [\#(sets)], "Metrics": [\#(metrics)]}"#
    let stored = try await Self.put(house, [Self.document(directive, #""M": 1"#, at: house.clock.now().milliseconds)])
    #expect(stored.count <= 10_000)
    #expect(await Self.errors(house).first?.name == "EMFValidationErrors")
  }
}
