import MetricMath
import Protobuf
import Series
import ServiceKit
import Store
import Time

/// Records of a metric stream in OpenTelemetry's formats: summaries in an ExportMetricsServiceRequest, its length before it.
///
/// Source: Amazon CloudWatch User Guide, "CloudWatch metric stream output in OpenTelemetry 1.0.0 format" and "... 0.7.0 format", with the
/// pages on their translations.
struct OpenTelemetryRecord: Sendable {
  /// 0.7.0: labels are pairs of texts, dimensions among them.
  let isOld: Bool

  /// One metric with one data point, as a field of ScopeMetrics (InstrumentationLibraryMetrics in 0.7.0).
  func metric(_ key: MetricKey, _ bucket: MetricBucket, period: Int64, _ additional: [(quantile: Double, value: Double)]) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.message(2) { metric in
      metric.text(1, "amazonaws.com/\(key.namespace)/\(key.name)")
      metric.text(3, Self.unit(bucket.unit))
      metric.message(11) { summary in summary.message(1) { write(&$0, key, bucket, period, additional) } }
    }
    return writer.bytes
  }

  private func write(
    _ point: inout ProtobufWriter, _ key: MetricKey, _ bucket: MetricBucket, _ period: Int64,
    _ additional: [(quantile: Double, value: Double)]
  ) {
    if isOld {
      for (name, value) in [("Namespace", key.namespace), ("MetricName", key.name)] + key.dimensions.map({ ($0.name, $0.value) }) {
        point.message(1) { label in
          label.text(1, name)
          label.text(2, value)
        }
      }
    }
    let start = UInt64(clamping: bucket.start.seconds) &* 1_000_000_000
    point.fixed64(2, start)
    point.fixed64(3, start &+ UInt64(clamping: period) &* 1_000_000_000)
    point.fixed64(4, UInt64(bucket.count.rounded().clamped))
    point.double(5, bucket.sum)
    let quantiles = [(0.0, bucket.min)] + additional.map { ($0.quantile, $0.value) } + [(1.0, bucket.max)]
    for (quantile, value) in quantiles {
      point.message(6) { entry in
        entry.double(1, quantile)
        entry.double(2, value)
      }
    }
    if isOld { return }
    point.message(7) { Self.attribute(&$0, "Namespace", key.namespace) }
    point.message(7) { Self.attribute(&$0, "MetricName", key.name) }
    point.message(7) { pair in
      pair.text(1, "Dimensions")
      pair.message(2) { value in
        value.message(6) { list in
          for dimension in key.dimensions { list.message(1) { Self.attribute(&$0, dimension.name, dimension.value) } }
        }
      }
    }
  }

  private static func attribute(_ pair: inout ProtobufWriter, _ name: String, _ value: String) {
    pair.text(1, name)
    pair.message(2) { $0.text(1, value) }
  }

  /// A request with those metrics, its length in bytes before it.
  func request(_ metrics: [UInt8], _ partition: Partition, stream: ARN) -> [UInt8] {
    var resource = ProtobufWriter()
    let attributes = [
      ("cloud.provider", "aws"), ("cloud.account.id", partition.account), ("cloud.region", partition.region),
      ("aws.exporter.arn", stream.description),
    ]
    for (name, value) in attributes { resource.message(1) { Self.attribute(&$0, name, value) } }
    var request = ProtobufWriter()
    request.message(1) { all in
      all.data(1, resource.bytes)
      all.data(2, metrics)
    }
    var framed: [UInt8] = []
    var length = request.bytes.count
    while length >= 0x80 {
      framed.append(UInt8(length & 0x7F) | 0x80)
      length >>= 7
    }
    framed.append(UInt8(length))
    return framed + request.bytes
  }

  /// In the Unified Code for Units of Measure.
  static func unit(_ unit: String?) -> String {
    guard let unit else { return "1" }
    if unit.hasSuffix("/Second") { return Self.unit(String(unit.dropLast("/Second".count))) + "/s" }
    return names[unit] ?? "1"
  }

  private static let names = [
    "Seconds": "s", "Microseconds": "us", "Milliseconds": "ms", "Bytes": "By", "Kilobytes": "kBy", "Megabytes": "MBy", "Gigabytes": "GBy",
    "Terabytes": "TBy", "Bits": "bit", "Kilobits": "kbit", "Megabits": "Mbit", "Gigabits": "Gbit", "Terabits": "Tbit", "Percent": "%",
    "Count": "{Count}",
  ]
}

extension Double {
  /// Within what a 64-bit count can be.
  fileprivate var clamped: Double { isFinite ? Swift.min(Swift.max(self, 0), 9e18) : 0 }
}
