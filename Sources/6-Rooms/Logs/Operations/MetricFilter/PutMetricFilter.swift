import FilterPattern
import ServiceKit
import Store

/// Makes or replaces a metric filter of a group. Source: Amazon CloudWatch Logs API Reference, PutMetricFilter.
struct PutMetricFilter: Operation {
  struct Input: Shape {
    var logGroupName: String
    var filterName: String
    var filterPattern: String
    var metricTransformations: [MetricTransformation]
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group), .length("filterName", \.filterName, 1...512, LogName.stream),
        .length("filterPattern", \.filterPattern, 0...1_024), .count("metricTransformations", \.metricTransformations, 1...1),
      ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    let group = try call.group(input.logGroupName)
    let filter = MetricFilter(
      group: group.name, name: input.filterName, pattern: input.filterPattern, transformations: input.metricTransformations,
      created: try call.get(MetricFilter.self, "\(group.name):\(input.filterName)")?.created ?? call.now)
    let compiled = try CompiledFilter(filter)
    for transformation in input.metricTransformations {
      guard let dimensions = transformation.dimensions, !dimensions.isEmpty else { continue }
      guard transformation.defaultValue == nil else {
        throw Fault.parameter("Invalid metric transformation: dimensions and default value are mutually exclusive properties.")
      }
      guard compiled.pattern.supportsDimensions, dimensions.count <= 3 else {
        throw Fault.parameter(
          "Invalid metric transformation: dimensions take up to three fields of a JSON or space-delimited filter pattern.")
      }
    }
    let count = try call.transaction.count(MetricFilter.kind, in: call.partition, prefix: "\(group.name):")
    if call.enforcesQuotas, count >= 100, try call.get(MetricFilter.self, filter.key) == nil {
      throw Fault("LimitExceededException", "Resource limit exceeded.")
    }
    try call.put(filter)
    call.room.forget(group.name, in: call.partition, after: call.transaction)
    return Empty()
  }
}
