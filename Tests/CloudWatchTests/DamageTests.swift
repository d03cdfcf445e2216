import CloudWatch
import Foundation
import JSON
import Series
import ServiceKit
import TestKit
import Testing
import Time

/// A damaged block of the store: what is in it is told of, everything else goes on.
@Suite struct DamageTests {
  private static let names = (0..<40).map { "m\($0)" }

  /// A room over a store one of whose blocks is damaged.
  private func damaged() async throws -> (house: TestHouse, room: CloudWatch, folder: String) {
    let folder = "/tmp/martlet-cloudwatch-\(UInt64.random(in: 0...UInt64.max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let house = try TestHouse()
    house.clock.advance(by: .seconds(3_600))
    let now = house.clock.now()
    let scope = "\(TestHouse.account)/\(TestHouse.region)"
    var engine = try MetricEngine(directory: folder, clock: house.clock)
    // Values that do not compress, so that there are many blocks; none above 1.
    var state: UInt64 = 7
    for name in Self.names {
      let key = MetricKey(scope: scope, namespace: "N", name: name, dimensions: [])
      try await engine.append(
        (1...1_000).map { ago in
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return MetricSample(
            key: key, at: now - .seconds(ago), unit: nil, data: .value(Double(state >> 11) / 9_007_199_254_740_992), resolution: 1)
        })
    }
    try await engine.settle()
    await engine.close()
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasPrefix("block-") })
    let path = URL(fileURLWithPath: "\(folder)/\(name)")
    var bytes = try Data(contentsOf: path)
    bytes[bytes.count / 2] ^= 0x40
    try bytes.write(to: path)
    engine = try MetricEngine(directory: folder, clock: house.clock)
    let opened = engine
    let room = try await house.open { CloudWatch($0, engine: opened) }
    return (house, room, folder)
  }

  @Test func requestsAnswerWhatCanBeRead() async throws {
    let (house, _, folder) = try await damaged()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let end = house.clock.now().seconds
    func ask(_ queries: [JSONValue]) async throws -> JSONValue {
      try await house.call(
        "cloudwatch", "GetMetricData", ["MetricDataQueries": .array(queries), "StartTime": .int(end - 1_200), "EndTime": .int(end)])
    }
    let answer = try await ask(Self.names.map { MetricRoom.metric($0, $0) })
    let states = (answer["MetricDataResults"]?.array ?? []).map { ($0["StatusCode"]?.string ?? "", $0["Values"]?.array?.count ?? 0) }
    let failed = states.count { $0.0 == "InternalError" && $0.1 == 0 }
    #expect(failed > 0 && failed < 20, "\(failed)")
    #expect(states.count { $0.0 == "Complete" && $0.1 >= 17 } == 40 - failed)
    let reason = answer["MetricDataResults"]?.array?.first { $0["StatusCode"] == "InternalError" }?["Messages"]?[0]?["Value"]?.string
    #expect(reason?.contains("is damaged at byte") == true)
    let found = try await ask([["Id": "s", "Expression": "SEARCH('{N}', 'Average', 60)"]])
    #expect(found["Messages"]?.array?.count == failed)
    #expect(found["MetricDataResults"]?.array?.count { $0["Values"]?.array?.isEmpty == false } == 40 - failed)
  }

  @Test func alarmsOnWhatCanBeReadAreEvaluated() async throws {
    let (house, _, folder) = try await damaged()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for name in Self.names {
      try await house.call(
        "cloudwatch", "PutMetricAlarm",
        [
          "AlarmName": .string(name), "Namespace": "N", "MetricName": .string(name), "Statistic": "Average", "Period": 60,
          "EvaluationPeriods": 1, "Threshold": 10, "ComparisonOperator": "GreaterThanThreshold",
        ])
    }
    await house.advance(by: .seconds(62), step: .seconds(1))
    let alarms = try await house.call("cloudwatch", "DescribeAlarms", ["MaxRecords": 100])["MetricAlarms"]?.array ?? []
    let failing = alarms.count { $0["EvaluationState"] == "EVALUATION_FAILURE" && $0["StateValue"] == "INSUFFICIENT_DATA" }
    #expect(failing > 0 && failing < 20, "\(failing)")
    #expect(alarms.count { $0["EvaluationState"] == nil && $0["StateValue"] == "OK" } == 40 - failing)
  }
}
