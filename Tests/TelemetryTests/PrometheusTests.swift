import CSnappy
import Protobuf
import Telemetry
import Testing

@Suite struct PrometheusTests {
  @Test(arguments: [
    ("AWS/Batch", "CPUUtilization", "average", "aws_batch_cpuutilization_average"),
    ("Martlet/Scheduler", "RunsMissed", "sum", "martlet_scheduler_runs_missed_sum"),
    ("1st", "p99.latency", "maximum", "_1st_p99_latency_maximum"),
    ("", "日本", "sum", "___sum"),
  ])
  func namesArePrometheus(_ namespace: String, _ name: String, _ statistic: String, _ expected: String) {
    #expect(PrometheusName.metric(namespace, name, statistic) == expected)
  }

  @Test(arguments: [
    ("JobQueue", "job_queue"), ("__name__", "name__"), ("9x", "dimension_9x"), ("é", "label"), ("http.route", "http_route"),
  ])
  func labelsArePrometheus(_ name: String, _ expected: String) { #expect(PrometheusName.label(name) == expected) }

  @Test func equalLabelsAreToldApart() {
    var labels = PrometheusLabels()
    labels.add("region", "home")
    labels.add("a", "1")
    labels.add("region", "dimension")
    #expect(labels.labels.map(\.name) == ["a", "region", "region_"])
  }

  @Test func textIsEscapedAndGrouped() {
    var labels = PrometheusLabels()
    labels.add("path", "C:\\\"x\"\n")
    var text = Exposition(.text)
    text.gauge("b", help: "B.", labels, 1.5, at: 1_000)
    text.gauge("a", help: "A.", PrometheusLabels(), .infinity, at: nil)
    text.gauge("b", help: "B.", PrometheusLabels(), 2, at: 1_500)
    let lines = [
      "# HELP a A.", "# TYPE a gauge", "a +Inf", "# HELP b B.", "# TYPE b gauge", #"b{path="C:\\\"x\"\n"} 1.5 1000"#, "b 2 1500", "",
    ]
    #expect(text.text() == lines.joined(separator: "\n"))
    var open = Exposition(.init(accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"))
    open.gauge("b", help: "B.", PrometheusLabels(), 2, at: 1_500)
    #expect(open.text() == "# HELP b B.\n# TYPE b gauge\nb 2 1.5\n# EOF\n")
  }

  @Test func aRequestIsSnappyAndProtobuf() throws {
    var labels = PrometheusLabels()
    labels.add("z", "1")
    var request = RemoteWriteRequest()
    request.add("metric", labels, [.init(value: 2.5, milliseconds: -5), .init(value: 3, milliseconds: 7)])
    #expect(request.samples == 2)
    let body = request.body()
    var length = 0
    let plain = body.withUnsafeBytes { input -> [UInt8] in
      let base = input.baseAddress?.assumingMemoryBound(to: CChar.self)
      guard snappy_uncompressed_length(base, input.count, &length) == SNAPPY_OK else { return [] }
      return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
        let status = snappy_uncompress(
          base, input.count, UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self), &length)
        count = status == SNAPPY_OK ? length : 0
      }
    }
    var reader = ProtobufReader(plain)
    var series = try #require(try reader.next()).message()
    var labelsRead: [String] = []
    var samples: [Double] = []
    while let field = try series.next() {
      var inner = try field.message()
      if field.number == 1 {
        while let part = try inner.next() { labelsRead.append(try part.text()) }
      } else {
        while let part = try inner.next() { samples.append(part.number == 1 ? try part.double() : Double(try part.signed())) }
      }
    }
    #expect(labelsRead == ["__name__", "metric", "z", "1"])
    #expect(samples == [2.5, -5, 3, 7])
  }
}
