import ServiceKit
import Store
import Time

/// Describes a group's subscription filters. Source: Amazon CloudWatch Logs API Reference, DescribeSubscriptionFilters.
struct DescribeSubscriptionFilters: Operation {
  struct Input: Shape {
    var logGroupName: String
    var filterNamePrefix: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group),
        .length("filterNamePrefix", \.filterNamePrefix, 1...512, LogName.stream), .range("limit", \.limit, 1...50),
      ]
    }
  }
  struct Output: Shape {
    var subscriptionFilters: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var filterName: String
    var logGroupName: String
    var filterPattern: String
    var destinationArn: String
    var roleArn: String?
    var distribution: String
    var applyOnTransformedLogs = false
    var creationTime: Int64
    var fieldSelectionCriteria: String?
    var emitSystemFields: [String]?

    init(_ filter: SubscriptionFilter) {
      filterName = filter.name
      logGroupName = filter.group
      filterPattern = filter.pattern
      destinationArn = filter.destinationArn
      roleArn = filter.roleArn
      distribution = filter.distribution
      creationTime = filter.created.milliseconds
      fieldSelectionCriteria = filter.fieldSelectionCriteria
      emitSystemFields = filter.emitSystemFields
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    let group = try call.group(input.logGroupName)
    let page = try call.listing(
      SubscriptionFilter.self, prefix: "\(group.name):\(input.filterNamePrefix ?? "")", after: input.nextToken, limit: input.limit ?? 50)
    return Output(subscriptionFilters: page.items.map { Item($0) }, nextToken: page.next)
  }
}
