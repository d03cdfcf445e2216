import CloudWatch
import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct AnomalyDetectorTests {
  private let single: JSONValue = [
    "SingleMetricAnomalyDetector": ["Namespace": "N", "MetricName": "M", "Stat": "Average"],
    "Configuration": ["MetricTimezone": "Europe/Berlin", "ExcludedTimeRanges": [["StartTime": 1_767_000_000, "EndTime": 1_767_010_000]]],
    "MetricCharacteristics": ["PeriodicSpikes": true],
  ]
  private func state(_ watched: Watched) async throws -> String? {
    try await watched.house.call("cloudwatch", "DescribeAnomalyDetectors")["AnomalyDetectors"]?[0]?["StateValue"]?.string
  }

  @Test func isTrainedAsDataComes() async throws {
    let watched = try await Watched()
    try await watched.house.call("cloudwatch", "PutAnomalyDetector", single)
    #expect(try await state(watched) == "PENDING_TRAINING")
    await watched.house.drain()
    #expect(try await state(watched) == "PENDING_TRAINING")
    let now = watched.house.clock.now()
    for minute in 1...60 { try await watched.put(Double(minute % 5), at: now - .seconds(minute * 60)) }
    await watched.house.advance(by: .seconds(301), step: .seconds(60))
    #expect(try await state(watched) == "TRAINED_INSUFFICIENT_DATA")
    for hour in 2...60 { try await watched.put(Double(hour % 5), at: now - .seconds(hour * 3_600)) }
    await watched.house.advance(by: .seconds(3_700), step: .seconds(60))
    #expect(try await state(watched) == "TRAINED")
    let told = try await watched.house.call("cloudwatch", "DescribeAnomalyDetectors", ["Namespace": "N"])["AnomalyDetectors"]?[0]
    #expect(told?["Configuration"]?["MetricTimezone"] == "Europe/Berlin")
    #expect(told?["MetricCharacteristics"]?["PeriodicSpikes"] == true)
    watched.close()
  }

  @Test func expressionsHaveDetectorsToo() async throws {
    let watched = try await Watched()
    let math: JSONValue = [
      "MetricMathAnomalyDetector": [
        "MetricDataQueries": [
          [
            "Id": "m1", "MetricStat": ["Metric": ["Namespace": "N", "MetricName": "M"], "Period": 300, "Stat": "Sum"], "ReturnData": false,
          ],
          ["Id": "e1", "Expression": "m1 * 2"],
        ]
      ]
    ]
    try await watched.house.call("cloudwatch", "PutAnomalyDetector", math)
    #expect(try await state(watched) == nil)
    let listed = try await watched.house.call("cloudwatch", "DescribeAnomalyDetectors", ["AnomalyDetectorTypes": ["METRIC_MATH"]])
    #expect(listed["AnomalyDetectors"]?[0]?["MetricMathAnomalyDetector"]?["MetricDataQueries"]?.array?.count == 2)
    await watched.house.drain()
    try await watched.house.call("cloudwatch", "DeleteAnomalyDetector", math)
    let fault = await watched.house.fault("cloudwatch", "DeleteAnomalyDetector", math)
    #expect(fault?.code == "ResourceNotFoundException")
    watched.close()
  }

  @Test func wrongDetectorsAreRefused() async throws {
    let watched = try await Watched()
    for (input, code) in [
      (["Namespace": "N", "MetricName": "M"], "MissingRequiredParameterException"),
      (["Namespace": "N", "MetricName": "M", "Stat": "p101x"], "InvalidParameterValueException"),
      (
        ["Namespace": "N", "SingleMetricAnomalyDetector": ["Namespace": "N", "MetricName": "M", "Stat": "Sum"]],
        "InvalidParameterCombinationException"
      ), (["MetricMathAnomalyDetector": ["MetricDataQueries": []]], "MissingRequiredParameterException"),
      (
        ["Namespace": "N", "MetricName": "M", "Stat": "Sum", "Configuration": ["MetricTimezone": "Nowhere/Here"]],
        "InvalidParameterValueException"
      ),
    ] as [(JSONValue, String)] {
      let fault = await watched.house.fault("cloudwatch", "PutAnomalyDetector", input)
      #expect(fault?.code == code, "\(input.text)")
    }
    watched.close()
  }
}
