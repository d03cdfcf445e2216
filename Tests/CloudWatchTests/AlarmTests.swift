import CloudWatch
import FoundationEssentials
import JSON
import Series
import ServiceKit
import TestKit
import Testing
import Time

/// The tables of the CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data": the evaluation range from the oldest
/// to the latest data point (`-` missing, `X` breaching, `0` not), and the state by each treatment. Nil: the state is kept.
struct MissingDataCase: Sendable, CustomStringConvertible {
  var range: String
  var datapointsToAlarm: Int
  var missing: String?
  var ignore: String?
  var breaching: String
  var notBreaching: String
  var description: String { "\(range) \(datapointsToAlarm) of 3" }

  static let all = [
    MissingDataCase(range: "0-X-X", datapointsToAlarm: 3, missing: "OK", ignore: "OK", breaching: "OK", notBreaching: "OK"),
    MissingDataCase(range: "0----", datapointsToAlarm: 3, missing: "OK", ignore: "OK", breaching: "OK", notBreaching: "OK"),
    MissingDataCase(
      range: "-----", datapointsToAlarm: 3, missing: "INSUFFICIENT_DATA", ignore: nil, breaching: "ALARM", notBreaching: "OK"),
    MissingDataCase(range: "0XX-X", datapointsToAlarm: 3, missing: "ALARM", ignore: "ALARM", breaching: "ALARM", notBreaching: "ALARM"),
    MissingDataCase(range: "--X--", datapointsToAlarm: 3, missing: "ALARM", ignore: nil, breaching: "ALARM", notBreaching: "OK"),
    MissingDataCase(range: "0-X-X", datapointsToAlarm: 2, missing: "ALARM", ignore: "ALARM", breaching: "ALARM", notBreaching: "ALARM"),
    MissingDataCase(range: "00X0X", datapointsToAlarm: 2, missing: "ALARM", ignore: "ALARM", breaching: "ALARM", notBreaching: "ALARM"),
    MissingDataCase(range: "0-X--", datapointsToAlarm: 2, missing: "OK", ignore: "OK", breaching: "ALARM", notBreaching: "OK"),
    MissingDataCase(range: "----0", datapointsToAlarm: 2, missing: "OK", ignore: "OK", breaching: "ALARM", notBreaching: "OK"),
    MissingDataCase(range: "---X-", datapointsToAlarm: 2, missing: "ALARM", ignore: nil, breaching: "ALARM", notBreaching: "OK"),
    // What the section "Avoiding premature transitions to alarm state" says besides; nil here: not yet ALARM.
    MissingDataCase(range: "----X", datapointsToAlarm: 3, missing: nil, ignore: nil, breaching: "ALARM", notBreaching: "OK"),
    MissingDataCase(range: "---X-", datapointsToAlarm: 3, missing: nil, ignore: nil, breaching: "ALARM", notBreaching: "OK"),
    MissingDataCase(range: "---X0", datapointsToAlarm: 3, missing: "OK", ignore: "OK", breaching: "OK", notBreaching: "OK"),
    MissingDataCase(range: "--X-0", datapointsToAlarm: 3, missing: "OK", ignore: "OK", breaching: "OK", notBreaching: "OK"),
    MissingDataCase(range: "--XX-", datapointsToAlarm: 3, missing: "ALARM", ignore: nil, breaching: "ALARM", notBreaching: "OK"),
    MissingDataCase(range: "----X", datapointsToAlarm: 2, missing: nil, ignore: nil, breaching: "ALARM", notBreaching: "OK"),
  ]
}

struct Watched {
  let house: TestHouse
  let folder: String
  let room: CloudWatch

  init() async throws {
    folder = "/tmp/martlet-cloudwatch-\(UInt64.random(in: 0...UInt64.max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    house = try TestHouse()
    let engine = try MetricEngine(directory: folder, clock: house.clock)
    room = try await house.open { CloudWatch($0, engine: engine) }
  }

  func put(_ value: Double, ago periods: Int, _ metric: String = "M", _ dimensions: [String: String] = [:]) async throws {
    try await put(value, at: house.clock.now() - .seconds(periods * 60 - 1), metric, dimensions)
  }

  func put(_ value: Double, at: Timestamp, _ metric: String = "M", _ dimensions: [String: String] = [:]) async throws {
    var datum: JSONObject = ["MetricName": .string(metric), "Value": .double(value), "Timestamp": .double(at.epochSeconds)]
    datum["Dimensions"] = .array(dimensions.map { ["Name": .string($0.key), "Value": .string($0.value)] })
    try await house.call("cloudwatch", "PutMetricData", ["Namespace": "N", "MetricData": [.object(datum)]])
  }

  /// Lets time pass in minutes, with what is due.
  func minutes(_ count: Int) async { await house.advance(by: .seconds(count * 60), step: .seconds(1)) }

  func history(_ name: String, _ type: String? = nil) async throws -> [JSONValue] {
    var input: JSONObject = ["AlarmName": .string(name), "ScanBy": "TimestampAscending"]
    input["HistoryItemType"] = type.map { .string($0) }
    return try await house.call("cloudwatch", "DescribeAlarmHistory", .object(input))["AlarmHistoryItems"]?.array ?? []
  }

  func composite(_ name: String, _ rule: String, _ extra: JSONObject = [:]) async throws {
    var input: JSONObject = ["AlarmName": .string(name), "AlarmRule": .string(rule)]
    for member in extra.keys { input[member] = extra[member] }
    try await house.call("cloudwatch", "PutCompositeAlarm", .object(input))
  }

  func describeComposite(_ name: String) async throws -> JSONValue {
    try #require(
      try await house.call("cloudwatch", "DescribeAlarms", ["AlarmNames": [.string(name)], "AlarmTypes": ["CompositeAlarm"]])[
        "CompositeAlarms"]?[0])
  }

  func set(_ name: String, _ state: String, _ reason: String = "test") async throws {
    try await house.call(
      "cloudwatch", "SetAlarmState", ["AlarmName": .string(name), "StateValue": .string(state), "StateReason": .string(reason)])
  }

  func events(_ type: String, of name: String) -> [JSONValue] {
    house.seen.events.filter { $0.detailType == type && $0.detail["alarmName"]?.string == name }.map(\.detail)
  }

  func alarm(_ name: String, _ extra: JSONObject = [:]) async throws {
    var input: JSONObject = [
      "AlarmName": .string(name), "Namespace": "N", "MetricName": "M", "Statistic": "Average", "Period": 60, "EvaluationPeriods": 3,
      "Threshold": 10, "ComparisonOperator": "GreaterThanThreshold",
    ]
    for member in extra.keys { input[member] = extra[member] }
    try await house.call("cloudwatch", "PutMetricAlarm", .object(input))
  }

  func describe(_ name: String) async throws -> JSONValue {
    try #require(try await house.call("cloudwatch", "DescribeAlarms", ["AlarmNames": [.string(name)]])["MetricAlarms"]?[0])
  }

  func close() { try? FileManager.default.removeItem(atPath: folder) }
}

@Suite struct AlarmTests {
  @Test(arguments: MissingDataCase.all)
  func missingDataIsTreatedAsTheTablesSay(_ one: MissingDataCase) async throws {
    let watched = try await Watched()
    for (position, mark) in one.range.enumerated() where mark != "-" {
      try await watched.put(mark == "X" ? 20 : 1, ago: 5 - position)
    }
    for (treatment, wanted) in [
      ("missing", one.missing), ("ignore", one.ignore), ("breaching", one.breaching), ("notBreaching", one.notBreaching),
    ] {
      try await watched.alarm(treatment, ["TreatMissingData": .string(treatment), "DatapointsToAlarm": .int(Int64(one.datapointsToAlarm))])
      await watched.house.drain()
      let state = try await watched.describe(treatment)["StateValue"]?.string
      // A new alarm has insufficient data, which is what keeping the state means here.
      #expect(state == wanted ?? "INSUFFICIENT_DATA", "\(one) \(treatment)")
    }
    watched.close()
  }

  @Test func goesThroughItsStatesAndTellsWhy() async throws {
    let watched = try await Watched()
    try await watched.alarm("a", ["EvaluationPeriods": 1, "TreatMissingData": "notBreaching"])
    await watched.house.advance(by: .seconds(61), step: .seconds(1))
    #expect(try await watched.describe("a")["StateValue"] == "OK")
    try await watched.put(50, ago: 0)
    await watched.house.advance(by: .seconds(120), step: .seconds(1))
    let alarm = try await watched.describe("a")
    #expect(alarm["StateValue"] == "ALARM")
    #expect(alarm["StateReason"]?.string?.contains("was greater than the threshold (10.0)") == true)
    let events = watched.house.seen.events.filter { $0.detailType == "CloudWatch Alarm State Change" }
    #expect(events.compactMap { $0.detail["state"]?["value"]?.string } == ["OK", "ALARM"])
    await watched.house.advance(by: .seconds(400), step: .seconds(10))
    #expect(try await watched.describe("a")["StateValue"] == "OK")
    let history = try await watched.house.call("cloudwatch", "DescribeAlarmHistory", ["AlarmName": "a", "HistoryItemType": "StateUpdate"])
    #expect(history["AlarmHistoryItems"]?.array?.count == 3)
    watched.close()
  }

  @Test func wrongAlarmsAreRefused() async throws {
    let watched = try await Watched()
    for (member, value) in [
      ("Period", 7), ("ComparisonOperator", "Bigger"), ("DatapointsToAlarm", 4), ("TreatMissingData", "guess"),
      ("AlarmActions", ["nowhere"]),
      ("ExtendedStatistic", "p50"), ("Metrics", []),
    ] as [(String, JSONValue)] {
      var input: JSONObject = [
        "AlarmName": "w", "Namespace": "N", "MetricName": "M", "Statistic": "Average", "Period": 60, "EvaluationPeriods": 3,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanThreshold",
      ]
      input[member] = value
      let fault = await watched.house.fault("cloudwatch", "PutMetricAlarm", .object(input))
      #expect(fault?.code == "ValidationError", "\(member)")
    }
    watched.close()
  }
}
