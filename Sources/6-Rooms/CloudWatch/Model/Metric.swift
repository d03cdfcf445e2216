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

extension DimensionShape {
  init(from decoder: any Decoder) throws {
    let fields = try JSONFields(decoder)
    self.init(name: try fields.string("name"), value: try fields.string("value"))
  }
}

extension MetricShape {
  init(from decoder: any Decoder) throws {
    let fields = try JSONFields(decoder)
    self.init(
      namespace: try fields.optionalString("namespace"), metricName: try fields.optionalString("metricName"),
      dimensions: try fields.optionalStructures("dimensions"))
  }
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
  func buckets(_ key: MetricKey, _ grid: MetricGrid, unit: String?) throws(Fault) -> [MetricBucket] {
    do { return try engine.buckets(key, grid, unit: unit) } catch { throw .unavailable(error.message) }
  }
}
