import JSON
import MetricMath
import Testing

@Suite struct LabelCases {
  @Test func renders() throws {
    let start: Int64 = 1_767_225_600
    let metric = MetricIdentity(
      namespace: "AWS/EC2", metricName: "CPU", dimensions: [.init(name: "InstanceId", value: "i-1")], accountId: "123456789012")
    let series = TimeSeries(
      label: "default", metric: metric, period: 60, times: [start, start + 60, start + 300], values: [3, 12.5, 2])
    for one in try #require(fixture("labels.json")["cases"]?.array) {
      let offset = try one["offset"]?.string.map { try #require(DynamicLabel.offset($0)) } ?? 0
      let context = DynamicLabel.Context(label: "default", statistic: "Average", now: start + 86_400 + 7_384, offset: offset)
      let label = try DynamicLabel(one["label"]?.string ?? "")
      #expect(label.render(series, context) == one["is"]?.string)
    }
  }

  @Test func refuses() throws {
    for text in try #require(fixture("labels.json")["refused"]?.array) {
      #expect(throws: MetricMathError.self) { try DynamicLabel(text.string ?? "") }
    }
  }

  @Test func expressionsBeforeTheirSeries() throws {
    let context = DynamicLabel.Context(label: "Errors", now: 0)
    let series = TimeSeries(period: 60, times: [0], values: [4])
    #expect(try DynamicLabel("Filled With 0:").render(series, ofMany: context) == "Filled With 0: Errors")
    #expect(try DynamicLabel("").render(series, ofMany: context) == "Errors")
    #expect(try DynamicLabel("${LABEL} up to ${MAX}").render(series, ofMany: context) == "Errors up to 4")
  }

  @Test func nothingToSay() throws {
    let context = DynamicLabel.Context(label: "x", now: .max)
    #expect(try DynamicLabel("${MAX} ${LAST_TIME} ${DATAPOINT_COUNT}").render(TimeSeries(period: 60), context) == "-- -- 0")
    let far = TimeSeries(period: 60, times: [-1 << 40], values: [1e300])
    #expect(try DynamicLabel("${MAX} ${LAST_TIME_RELATIVE}").render(far, context).hasPrefix("1e+300 "))
    let small = TimeSeries(period: 60, times: [0], values: [0.001234567])
    #expect(try DynamicLabel("${MAX}").render(small, context) == "0.001235")
  }

  @Test(arguments: [
    ("+0000", 0), ("-0130", -5_400), ("+2359", 86_340), ("+01:30", nil), ("0130", nil), ("+0160", nil), ("+2400", nil), ("", nil),
  ])
  func offsets(_ text: String, _ seconds: Int?) {
    #expect(DynamicLabel.offset(text) == seconds)
  }
}
