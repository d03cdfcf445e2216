import JSON
import ServiceKit
import Store
import Time

/// What becomes a metric out of a group's events.
struct MetricFilter: Resource {
  static let kind = "logs.metric-filter"
  var group: String
  var name: String
  var pattern: String
  var transformations: [MetricTransformation]
  var created: Timestamp
  var fieldSelectionCriteria: String?
  var emitSystemFieldDimensions: [String]?
  var key: String { "\(group):\(name)" }
}

struct MetricTransformation: Shape, Equatable {
  var metricName: String
  var metricNamespace: String
  /// A number, or a field of the pattern.
  var metricValue: String
  var defaultValue: Double?
  var dimensions: [String: String]?
  var unit: String?
  static let name = TextPattern("[^:*$]*") { !$0.contains { ":*$".contains($0) } }
  private static let units: [String] = {
    let sizes = ["Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits"]
    let rates = (sizes + ["Count"]).map { "\($0)/Second" }
    return ["Seconds", "Microseconds", "Milliseconds"] + sizes + ["Percent", "Count"] + rates + ["None"]
  }()
  static var limits: [Limit<Self>] {
    [
      .length("metricName", \.metricName, 0...255, name), .length("metricNamespace", \.metricNamespace, 0...255, name),
      .length("metricValue", \.metricValue, 0...100), .oneOf("unit", \.unit, units),
    ]
  }
}
