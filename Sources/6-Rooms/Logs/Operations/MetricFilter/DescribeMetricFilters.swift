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
    static var limits: [Limit<Self>] { [.range("limit", \.limit, 1...50)] }
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
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    if (input.metricName == nil) != (input.metricNamespace == nil) {
      throw Fault.parameter("metricName and metricNamespace must be given together.")
    }
    if let name = input.logGroupName { _ = try call.group(name) }
    let prefix = input.logGroupName.map { "\($0):\(input.filterNamePrefix ?? "")" } ?? ""
    let limit = input.limit ?? 50
    var after = try call.cursor(input.nextToken)
    var found: [Item] = []
    while true {
      let page = try call.transaction.page(MetricFilter.self, in: call.partition, prefix: prefix, after: after, limit: 200)
      for filter in page.items where passes(filter, input) {
        if found.count == limit { return Output(metricFilters: found, nextToken: call.token(after)) }
        found.append(
          Item(
            filterName: filter.name, filterPattern: filter.pattern, metricTransformations: filter.transformations,
            creationTime: filter.created.milliseconds, logGroupName: filter.group))
        after = CatalogCursor(key: filter.key)
      }
      guard let next = page.next else { return Output(metricFilters: found, nextToken: nil) }
      after = next
    }
  }

  private static func passes(_ filter: MetricFilter, _ input: Input) -> Bool {
    if let prefix = input.filterNamePrefix, !filter.name.hasPrefix(prefix) { return false }
    guard let name = input.metricName else { return true }
    return filter.transformations.contains { $0.metricName == name && $0.metricNamespace == input.metricNamespace }
  }
}
