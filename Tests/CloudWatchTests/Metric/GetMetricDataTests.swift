import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct GetMetricDataTests {
  @Test func expressionsAreComputedOverMetrics() async throws {
    let room = try await MetricRoom()
    try await room.put("a", [1, 2, 3])
    try await room.put("b", [10, 20, 30])
    let found = try await room.values([
      MetricRoom.metric("m1", "a", ["ReturnData": false]), MetricRoom.metric("m2", "b", ["ReturnData": false]),
      ["Id": "e1", "Expression": "m1 + m2 * 2", "Label": "sum"], ["Id": "e2", "Expression": "FILL(METRICS(), 0)", "ReturnData": false],
      ["Id": "e3", "Expression": "RUNNING_SUM(m1)"], ["Id": "e4", "Expression": "IF(m2 > 15, m2, 0)"],
    ])
    #expect(found == ["sum": [21, 42, 63], "e3": [1, 3, 6], "e4": [0, 20, 30]])
  }

  @Test(arguments: [
    ("p50", 5.0), ("p100", 10.0), ("tm50", 3.0), ("TM(2:4)", 3.5), ("TM(20%:80%)", 5.5), ("WM(:20%)", 1.9), ("PR(3:7)", 40.0),
    ("TC(:5)", 5.0), ("TS(8:)", 19.0), ("IQM", 5.5), ("SampleCount", 10.0), ("Sum", 55.0),
  ])
  func statisticsOfAllKinds(_ stat: String, _ wanted: Double) async throws {
    let room = try await MetricRoom()
    let at = room.now - room.now % 60 - 60
    try await room.call(
      "PutMetricData",
      [
        "Namespace": "N",
        "MetricData": [
          [
            "MetricName": "v", "Timestamp": .int(at), "Values": .array((1...10).map { .int($0) }),
            "Counts": .array((1...10).map { _ in 1 }),
          ]
        ],
      ])
    let found = try await room.values([MetricRoom.metric("m", "v", stat: stat)])
    #expect(abs((found["v"]?.first ?? -1) - wanted) < 1e-9, "\(found)")
    guard !["SampleCount", "Sum"].contains(stat) else { return }
    let point = try await room.call(
      "GetMetricStatistics",
      [
        "Namespace": "N", "MetricName": "v", "StartTime": .int(at), "EndTime": .int(at + 60), "Period": 60,
        "ExtendedStatistics": [.string(stat)],
      ])["Datapoints"]?[0]
    #expect(abs((point?["ExtendedStatistics"]?[stat]?.double ?? -1) - wanted) < 1e-9)
  }

  @Test func searchesFindAndNameTheirSeries() async throws {
    let room = try await MetricRoom()
    try await room.put("Loss", [1, 2], [("Model", "a"), ("Split", "test")])
    try await room.put("Loss", [3, 4], [("Model", "b"), ("Split", "test")])
    try await room.put("Loss", [9, 9], [("Model", "b")])
    try await room.put("Accuracy", [5], [("Model", "b"), ("Split", "test")])
    let found = try await room.values([["Id": "s", "Expression": "SEARCH('{N,Model,Split} MetricName=\"Loss\"', 'Sum', 60)"]])
    #expect(found == ["a": [1, 2], "b": [3, 4]])
    let labelled = try await room.values([
      ["Id": "s", "Expression": "SEARCH('{N,Model,Split} Loss', 'Sum', 60)", "Label": "${PROP('Dim.Model')}: ${MAX}"]
    ])
    #expect(labelled.keys.sorted() == ["a: 2", "b: 4"])
    let summed = try await room.values([["Id": "s", "Expression": "SUM(SEARCH('{N,Model,Split} Loss', 'Sum', 60))"]])
    #expect(summed == ["s": [4, 6]])
  }

  @Test func metricsInsightsGroupsAndOrders() async throws {
    let room = try await MetricRoom()
    for (model, base) in [("a", 1.0), ("b", 10.0), ("c", 5.0)] {
      try await room.put("Loss", [base, base], [("Model", model), ("Seed", "1")])
      try await room.put("Loss", [base, base], [("Model", model), ("Seed", "2")])
    }
    let answer = try await room.data([
      [
        "Id": "q", "Period": 60,
        "Expression": "SELECT SUM(Loss) FROM SCHEMA(\"N\", Model, Seed) WHERE Seed != '3' GROUP BY Model ORDER BY MAX() DESC LIMIT 2",
      ]
    ])
    let results = answer["MetricDataResults"]?.array ?? []
    #expect(results.map { $0["Label"]?.string } == ["b", "c"])
    #expect(results.first?["Values"] == [20, 20])
    let all = try await room.values([["Id": "q", "Expression": "SELECT AVG(Loss) FROM N", "Period": 60]])
    #expect(all["q"]?.first.map { abs($0 - 16.0 / 3) < 1e-9 } == true)
  }

  @Test func aBandComesFromWhatWasMeasured() async throws {
    let room = try await MetricRoom()
    try await room.put("b", (0..<600).map { $0 % 2 == 0 ? 9 : 11 })
    let answer = try await room.data([
      MetricRoom.metric("m", "b"), ["Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m, 2)"],
    ])
    let results = (answer["MetricDataResults"]?.array ?? []).filter { $0["Id"] == "band" }
    let (upper, lower) = try (#require(results.first?["Values"]?[0]?.double), #require(results.last?["Values"]?[0]?.double))
    #expect(results.count == 2 && upper > 11 && lower < 9 && upper < 20 && lower > 0)
  }

  @Test func aBandIsThatOfTheDetectorWhereThereIsOne() async throws {
    let room = try await MetricRoom()
    // Two days around 10, then an hour around 50: a detector that leaves the hour out does not expect it.
    try await room.put("d", (0..<2_940).map { $0 < 2_880 ? ($0 % 2 == 0 ? 9 : 11) : 50 })
    let hour = room.now - 3_600
    try await room.call(
      "PutAnomalyDetector",
      [
        "SingleMetricAnomalyDetector": ["Namespace": "N", "MetricName": "d", "Stat": "Average"],
        "Configuration": ["ExcludedTimeRanges": [["StartTime": .int(hour - 60), "EndTime": .int(room.now)]]],
      ])
    await room.house.drain()
    let answer = try await room.data([MetricRoom.metric("m", "d"), ["Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m, 2)"]])
    let upper = (answer["MetricDataResults"]?.array ?? []).first { $0["Id"] == "band" }?["Values"]?[0]?.double
    #expect(upper.map { $0 > 10 && $0 < 20 } == true, "\(String(describing: upper))")
  }

  @Test func pagesGoOnBehindTheLastPoint() async throws {
    let room = try await MetricRoom()
    try await room.put("a", [1, 2, 3, 4])
    try await room.put("b", [5, 6])
    for order in ["TimestampAscending", "TimestampDescending"] {
      var (token, seen, pages): (JSONValue?, [String: [Double]], Int) = (nil, [:], 0)
      repeat {
        let page = try await room.data(
          [MetricRoom.metric("a", "a"), MetricRoom.metric("b", "b")],
          ["MaxDatapoints": 3, "ScanBy": .string(order), "NextToken": token ?? .null])
        for result in page["MetricDataResults"]?.array ?? [] {
          seen[result["Id"]?.string ?? "", default: []] += (result["Values"]?.array ?? []).compactMap(\.double)
          if pages == 0 { #expect(result["StatusCode"] == "PartialData") }
        }
        token = page["NextToken"]
        pages += 1
      } while token != nil && pages < 10
      let a: [Double] = [1, 2, 3, 4]
      #expect(seen == (order == "TimestampAscending" ? ["a": a, "b": [5, 6]] : ["a": a.reversed(), "b": [6, 5]]))
      #expect(pages == 2)
    }
    #expect(
      await room.fault(
        "GetMetricData", ["MetricDataQueries": [MetricRoom.metric("a", "a")], "StartTime": 0, "EndTime": 60, "NextToken": "x"])?.code
        == "InvalidNextToken")
  }

  @Test func otherAccountsAndUnitsAreToldHonestly() async throws {
    let room = try await MetricRoom()
    try await room.put("a", [1, 2], unit: "Seconds")
    try await room.put("a", [7, 8, 9], unit: "Bytes")
    let answer = try await room.data([
      MetricRoom.metric("x", "a", ["AccountId": "111111111111"]), MetricRoom.metric("y", "a"),
      MetricRoom.metric("z", "a", ["Label": "z ${LAST}"]),
    ])
    #expect(answer["MetricDataResults"]?[0]?["StatusCode"] == "Forbidden")
    #expect(answer["MetricDataResults"]?[0]?["Values"] == [])
    #expect(answer["MetricDataResults"]?[1]?["Messages"]?[0]?["Code"] == "MultipleUnits")
    let seconds = try await room.data([
      ["Id": "s", "MetricStat": ["Metric": ["Namespace": "N", "MetricName": "a"], "Period": 60, "Stat": "Sum", "Unit": "Seconds"]],
      ["Id": "n", "MetricStat": ["Metric": ["Namespace": "N", "MetricName": "a"], "Period": 60, "Stat": "Sum", "Unit": "None"]],
    ])
    #expect(seconds["MetricDataResults"]?[0]?["Values"] == [1, 2])
    #expect(seconds["MetricDataResults"]?[1]?["Values"] == [])
  }

  @Test(arguments: [
    ("m1 +", "Error in expression 'e': Invalid syntax"), ("SUMM(m)", "Error in expression 'e': Function 'SUMM' not found"),
    ("m + nothere", "Error in expression 'e': Undefined variable 'nothere'"), ("e", "Error in expression 'e': Circular reference"),
    ("SEARCH('', 'Sum')", "Error in expression 'e': Invalid search expression"), ("SELECT AVG(x) FRM y", "Error in expression 'e'"),
  ])
  func wrongExpressionsAreRefused(_ expression: String, _ sentence: String) async throws {
    let room = try await MetricRoom()
    let fault = await room.fault(
      "GetMetricData",
      [
        "MetricDataQueries": [MetricRoom.metric("m", "a"), ["Id": "e", "Expression": .string(expression)]], "StartTime": 0, "EndTime": 60,
      ])
    #expect(fault?.code == "ValidationError")
    #expect(fault?.message.hasPrefix(sentence) == true, "\(fault?.message ?? "")")
  }

  @Test func wrongQueriesAreRefused() async throws {
    let room = try await MetricRoom()
    let bad: [JSONValue] = [
      ["Id": "A", "Expression": "1"], ["Id": "a"], MetricRoom.metric("a", "a", stat: "p101"), MetricRoom.metric("a", "a", period: 7),
      MetricRoom.metric("a", "a", ["Expression": "a"]), MetricRoom.metric("a", "a", ["Label": "${LABEL}${LABEL}"]),
      ["Id": "a", "Expression": "b", "Period": 61],
    ]
    for query in bad {
      let fault = await room.fault("GetMetricData", ["MetricDataQueries": [query], "StartTime": 0, "EndTime": 60])
      #expect(fault?.code == "ValidationError", "\(query)")
    }
    let query = MetricRoom.metric("a", "a")
    for (name, value) in [("EndTime", 0), ("MaxDatapoints", 0), ("ScanBy", "Sideways"), ("LabelOptions", ["Timezone": "Berlin"])]
      as [(String, JSONValue)]
    {
      var input: JSONObject = ["MetricDataQueries": [query], "StartTime": 0, "EndTime": 60]
      input[name] = value
      #expect(await room.fault("GetMetricData", .object(input))?.code == "ValidationError", "\(name)")
    }
    #expect(
      await room.fault("GetMetricData", ["MetricDataQueries": [query, query], "StartTime": 0, "EndTime": 60])?.code == "ValidationError")
  }

  @Test func exactQuotasKeepAWSsPeriods() async throws {
    let room = try await MetricRoom(limits: .aws)
    let at = room.now - room.now % 3_600 - 4 * 3_600
    try await room.call(
      "PutMetricData",
      ["Namespace": "N", "MetricData": [["MetricName": "h", "Value": 1, "StorageResolution": 1, "Timestamp": .int(at)]]])
    let old = try await room.data([MetricRoom.metric("s", "h", period: 1), MetricRoom.metric("m", "h")], minutes: 600)
    #expect(old["MetricDataResults"]?[0]?["Values"] == [])
    #expect(old["MetricDataResults"]?[1]?["Values"] == [1])
    let ago = await room.fault(
      "GetMetricStatistics",
      ["Namespace": "N", "MetricName": "h", "StartTime": .int(at - 90_000), "EndTime": .int(at), "Period": 60, "Statistics": ["Sum"]])
    #expect(
      ago?.message
        == "You have requested up to 1500 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range."
    )
    #expect(ago?.code == "InvalidParameterCombinationException")
  }
}

extension MetricRoom {
  static func metric(_ id: String, _ name: String, _ more: JSONObject) -> JSONValue {
    metric(id, name, [], stat: "Average", period: 60, more)
  }

  func data(_ queries: [JSONValue], _ more: JSONObject) async throws(Fault) -> JSONValue { try await data(queries, minutes: 10, more) }
}
