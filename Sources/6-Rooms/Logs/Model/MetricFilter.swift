import FilterPattern
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
  static var limits: [Limit<Self>] {
    [
      .length("metricName", \.metricName, 0...255), .length("metricNamespace", \.metricNamespace, 0...255),
      .length("metricValue", \.metricValue, 0...100),
    ]
  }
}

/// A filter ready to be applied.
struct CompiledFilter: Sendable {
  struct Output: Sendable {
    var transformation: MetricTransformation
    var value: FilterSelector
    var dimensions: [(name: String, selector: FilterSelector)]
  }
  let pattern: FilterPattern
  let outputs: [Output]

  /// Throws InvalidParameterException.
  init(_ filter: MetricFilter) throws(Fault) {
    do {
      let pattern = try FilterPattern(filter.pattern)
      self.pattern = pattern
      outputs = try filter.transformations.map { (transformation) throws(FilterPatternError) in
        Output(
          transformation: transformation, value: try FilterSelector(transformation.metricValue),
          dimensions: try (transformation.dimensions ?? [:]).sorted { $0.key < $1.key }.map { (name, selector) throws(FilterPatternError) in
            (name, try FilterSelector(selector))
          })
      }
    } catch { throw .parameter("\(error.message(for: .metricFilter)): \(error.reason), at character \(error.offset + 1)") }
  }

  /// The samples that the events give. Events that do not match count with the default value, where there is one.
  func samples(_ events: [LogLine]) -> [MetricDatum] {
    var samples: [MetricDatum] = []
    for event in events {
      let match = pattern.match(event.message)
      for output in outputs {
        let given = output.transformation
        guard let value = match.map({ $0.number(of: output.value) }) ?? given.defaultValue else { continue }
        var dimensions: [String: String] = [:]
        if let match {
          for (name, selector) in output.dimensions {
            if let text = match.text(of: selector) { dimensions[name] = text }
          }
          // A dimension whose field is missing: the event gives no sample, as on AWS.
          if dimensions.count < output.dimensions.count { continue }
        }
        samples.append(
          MetricDatum(
            namespace: given.metricNamespace, name: given.metricName, dimensions: dimensions, value: value, unit: given.unit ?? "None",
            time: event.time))
      }
    }
    return samples
  }
}
