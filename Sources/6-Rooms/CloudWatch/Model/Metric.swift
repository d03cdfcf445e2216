import JSON
import Series
import ServiceKit
import Store
import Time

/// A name and value that tell metrics of one name apart.
struct DimensionShape: Shape, Hashable {
  var name: String
  var value: String
  static var limits: [Limit<Self>] { [.length("name", \.name, 1...255), .length("value", \.value, 1...1_024)] }
}

struct MetricShape: Shape, Hashable {
  var namespace: String?
  var metricName: String?
  var dimensions: [DimensionShape]?
}

extension MetricKey {
  init(_ partition: Partition, _ namespace: String, _ name: String, _ dimensions: [DimensionShape]?) {
    self.init(
      scope: CloudWatch.scope(partition), namespace: namespace, name: name,
      dimensions: (dimensions ?? []).map { Dimension(name: $0.name, value: $0.value) })
  }

  var shape: MetricShape {
    MetricShape(
      namespace: namespace, metricName: name, dimensions: dimensions.map { DimensionShape(name: $0.name, value: $0.value) })
  }
}

/// How the values of a period become one. Source: Amazon CloudWatch User Guide, "CloudWatch statistics definitions".
enum Statistic: Hashable, Sendable {
  case average, sum, minimum, maximum, sampleCount
  /// 0...100
  case percentile(Double)

  /// Throws InvalidParameterValue for a name that is no statistic, or one that is not served.
  init(_ name: String) throws(Fault) {
    switch name {
    case "Average": self = .average
    case "Sum": self = .sum
    case "Minimum": self = .minimum
    case "Maximum": self = .maximum
    case "SampleCount": self = .sampleCount
    default:
      guard name.hasPrefix("p"), let percent = Double(name.dropFirst()), (0...100).contains(percent), name.utf8.count <= 20 else {
        throw .invalidValue(
          "The value \(name) for parameter Stat is not supported: Martlet serves SampleCount, Average, Sum, Minimum, Maximum and percentiles such as p99.9."
        )
      }
      self = .percentile(percent)
    }
  }

  /// Nil when the bucket can not tell: a percentile of values that were only given as a statistic set.
  func value(_ bucket: MetricBucket) -> Double? {
    switch self {
    case .average: bucket.count > 0 ? bucket.sum / bucket.count : nil
    case .sum: bucket.sum
    case .minimum: bucket.min
    case .maximum: bucket.max
    case .sampleCount: bucket.count
    case .percentile(let percent): bucket.percentile(percent)
    }
  }
}

/// Seconds that data points may be apart. Source: Amazon CloudWatch API Reference, MetricStat.
enum Period {
  /// Throws InvalidParameterValue.
  static func check(_ period: Int, _ parameter: String) throws(Fault) {
    guard [1, 5, 10, 20, 30].contains(period) || (period > 0 && period % 60 == 0 && period <= 31_536_000) else {
      throw .invalidValue("The parameter \(parameter) must be 1, 5, 10, 20, 30 or a multiple of 60 seconds, not \(period).")
    }
  }
}

extension CloudWatch {
  /// A metric's value in each period that has one, by the period's start.
  func points(
    _ key: MetricKey, _ statistic: Statistic, from: Timestamp, to: Timestamp, period: Int, unit: String?
  ) throws(Fault) -> [(start: Timestamp, value: Double, count: Double)] {
    try buckets(key, from: from, to: to, period: period, unit: unit).compactMap { bucket in
      statistic.value(bucket).map { (bucket.start, $0, bucket.count) }
    }
  }

  func buckets(_ key: MetricKey, from: Timestamp, to: Timestamp, period: Int, unit: String?) throws(Fault) -> [MetricBucket] {
    do { return try engine.buckets(key, from: from, to: to, period: period, unit: unit) } catch { throw .unavailable(error.message) }
  }
}
