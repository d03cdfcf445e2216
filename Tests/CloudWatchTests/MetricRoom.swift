import CloudWatch
import FoundationEssentials
import JSON
import Series
import ServiceKit
import TestKit
import Testing
import Time

/// A CloudWatch room with its store in a folder that goes away.
final class MetricRoom: Sendable {
  let house: TestHouse
  private let folder: String

  init(limits: LimitProfile = .open) async throws {
    folder = "/tmp/martlet-cloudwatch-\(UInt64.random(in: 0...UInt64.max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    house = try TestHouse(limits: limits)
    let engine = try MetricEngine(directory: folder, clock: house.clock)
    try await house.open { CloudWatch($0, engine: engine) }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Whole seconds now, in the middle of nothing: tests count back from here.
  var now: Int64 { house.clock.now().seconds }

  @discardableResult
  func call(_ operation: String, _ input: JSONValue = .object(JSONObject())) async throws(Fault) -> JSONValue {
    try await house.call("cloudwatch", operation, input)
  }

  func fault(_ operation: String, _ input: JSONValue) async -> Fault? { await house.fault("cloudwatch", operation, input) }

  static func dimensions(_ pairs: [(String, String)]) -> JSONValue {
    .array(pairs.map { ["Name": .string($0.0), "Value": .string($0.1)] })
  }

  /// One value a minute, the last in the minute before now.
  func put(
    _ name: String, _ values: [Double], _ dimensions: [(String, String)] = [], unit: String? = nil, namespace: String = "N"
  ) async throws {
    let start = now - now % 60 - Int64(values.count) * 60
    let data = values.enumerated().map { position, value -> JSONValue in
      var datum: JSONObject = [
        "MetricName": .string(name), "Value": .double(value), "Timestamp": .int(start + Int64(position) * 60),
        "Dimensions": Self.dimensions(dimensions),
      ]
      if let unit { datum["Unit"] = .string(unit) }
      return .object(datum)
    }
    try await call("PutMetricData", ["Namespace": .string(namespace), "MetricData": .array(data)])
  }

  static func metric(
    _ id: String, _ name: String, _ dimensions: [(String, String)] = [], stat: String = "Average", period: Int64 = 60,
    _ more: JSONObject = JSONObject()
  ) -> JSONValue {
    var query: JSONObject = [
      "Id": .string(id),
      "MetricStat": [
        "Metric": ["Namespace": "N", "MetricName": .string(name), "Dimensions": Self.dimensions(dimensions)], "Period": .int(period),
        "Stat": .string(stat),
      ],
    ]
    for (name, value) in more { query[name] = value }
    return .object(query)
  }

  /// The answer over the last minutes, ascending.
  func data(_ queries: [JSONValue], minutes: Int64 = 10, _ more: JSONObject = JSONObject()) async throws(Fault) -> JSONValue {
    var input: JSONObject = [
      "MetricDataQueries": .array(queries), "StartTime": .int(now - now % 60 - minutes * 60), "EndTime": .int(now),
      "ScanBy": "TimestampAscending",
    ]
    for (name, value) in more { input[name] = value }
    return try await call("GetMetricData", .object(input))
  }

  /// Values of each result by its label.
  func values(_ queries: [JSONValue], minutes: Int64 = 10) async throws -> [String: [Double]] {
    let results = try await data(queries, minutes: minutes)["MetricDataResults"]?.array ?? []
    return Dictionary(
      results.map { ($0["Label"]?.string ?? "", ($0["Values"]?.array ?? []).compactMap(\.double)) }, uniquingKeysWith: { $1 })
  }
}
