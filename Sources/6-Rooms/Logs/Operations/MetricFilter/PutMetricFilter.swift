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
    var applyOnTransformedLogs: Bool?
    var fieldSelectionCriteria: String?
    var emitSystemFieldDimensions: [String]?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group), .length("filterName", \.filterName, 1...512, LogName.stream),
        .length("filterPattern", \.filterPattern, 0...1_024), .count("metricTransformations", \.metricTransformations, 1...1),
        .length("fieldSelectionCriteria", \.fieldSelectionCriteria, 0...2_000),
      ]
    }
  }
  private static let systemFields: Set<String> = ["@aws.account", "@aws.region"]

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    let group = try call.group(input.logGroupName)
    try group.allows("PutMetricFilter", call.enforcesQuotas)
    try Transformation.refuse(input.applyOnTransformedLogs)
    let system = input.emitSystemFieldDimensions ?? []
    guard systemFields.isSuperset(of: system) else {
      throw Fault.parameter("emitSystemFieldDimensions can hold @aws.account and @aws.region only.")
    }
    let filter = MetricFilter(
      group: group.name, name: input.filterName, pattern: input.filterPattern, transformations: input.metricTransformations,
      created: try call.get(MetricFilter.self, "\(group.name):\(input.filterName)")?.created ?? call.now,
      fieldSelectionCriteria: input.fieldSelectionCriteria, emitSystemFieldDimensions: input.emitSystemFieldDimensions)
    let compiled = try CompiledFilter(filter)
    for transformation in input.metricTransformations { try check(transformation, compiled, system.count) }
    if call.enforcesQuotas { try checkQuotas(filter, compiled, call) }
    try call.put(filter)
    call.room.forget(group.name, in: call.partition, after: call.transaction)
    return Empty()
  }

  private static func check(_ transformation: MetricTransformation, _ filter: CompiledFilter, _ system: Int) throws(Fault) {
    if transformation.metricNamespace.hasPrefix("AWS/") {
      throw .parameter("Invalid metric transformation: the metric namespace can't begin with AWS/.")
    }
    let count = (transformation.dimensions?.count ?? 0) + system
    guard count > 0 else { return }
    guard transformation.defaultValue == nil else {
      throw .parameter("Invalid metric transformation: dimensions and default value are mutually exclusive properties.")
    }
    guard filter.pattern.supportsDimensions || transformation.dimensions?.isEmpty ?? true, count <= 3 else {
      throw .parameter("Invalid metric transformation: dimensions take up to three fields of a JSON or space-delimited filter pattern.")
    }
  }

  private static func checkQuotas(_ filter: MetricFilter, _ compiled: CompiledFilter, _ call: Call<Logs>) throws {
    var (others, expressions) = (0, compiled.pattern.regularExpressions)
    try call.transaction.forEach(MetricFilter.self, in: call.partition, prefix: "\(filter.group):") { other in
      if other.key == filter.key { return true }
      others += 1
      expressions += try FilterPattern(search: other.pattern).regularExpressions
      return true
    }
    if others >= 100 { throw Fault.limit() }
    if expressions > 5 { throw Fault.limit("Resource limit exceeded: a log group has at most 5 regular expressions in filter patterns.") }
  }
}

enum Transformation {
  /// Throws InvalidOperationException: there are no transformers.
  static func refuse(_ applies: Bool?) throws(Fault) {
    if applies == true { throw .operation("applyOnTransformedLogs is not served by Martlet: log groups have no transformers.") }
  }
}
