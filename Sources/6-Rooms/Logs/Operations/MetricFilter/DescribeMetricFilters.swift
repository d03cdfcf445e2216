import ServiceKit
import Store
import Time

/// Describes metric filters. Source: Amazon CloudWatch Logs API Reference, DescribeMetricFilters.
struct DescribeMetricFilters: Operation {
  struct Input: Shape {
    var logGroupName: String?
    var filterNamePrefix: String?
    var nextToken: String?
    var limit: Int?
    var metricName: String?
    var metricNamespace: String?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group),
        .length("filterNamePrefix", \.filterNamePrefix, 1...512, LogName.stream), .range("limit", \.limit, 1...50),
        .length("metricName", \.metricName, 0...255, MetricTransformation.name),
        .length("metricNamespace", \.metricNamespace, 0...255, MetricTransformation.name),
      ]
    }
  }
  struct Output: Shape {
    var metricFilters: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var filterName: String
    var filterPattern: String
    var metricTransformations: [MetricTransformation]
    var creationTime: Int64
    var logGroupName: String
    var applyOnTransformedLogs = false
    var fieldSelectionCriteria: String?
    var emitSystemFieldDimensions: [String]?

    init(_ filter: MetricFilter) {
      filterName = filter.name
      filterPattern = filter.pattern
      metricTransformations = filter.transformations
      creationTime = filter.created.milliseconds
      logGroupName = filter.group
      fieldSelectionCriteria = filter.fieldSelectionCriteria
      emitSystemFieldDimensions = filter.emitSystemFieldDimensions
    }
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    if (input.metricName == nil) != (input.metricNamespace == nil) {
      throw Fault.parameter("metricName and metricNamespace must be given together.")
    }
    if let name = input.logGroupName { _ = try call.group(name) }
    let prefix = input.logGroupName.map { "\($0):\(input.filterNamePrefix ?? "")" } ?? ""
    let page = try call.listing(MetricFilter.self, prefix: prefix, after: input.nextToken, limit: input.limit ?? 50) { passes($0, input) }
    return Output(metricFilters: page.items.map { Item($0) }, nextToken: page.next)
  }

  private static func passes(_ filter: MetricFilter, _ input: Input) -> Bool {
    if let prefix = input.filterNamePrefix, !filter.name.hasPrefix(prefix) { return false }
    guard let name = input.metricName else { return true }
    return filter.transformations.contains { $0.metricName == name && $0.metricNamespace == input.metricNamespace }
  }
}
