import ServiceKit
import Store
import Wire

/// Lists groups by name, the default group first. Source: EventBridge Scheduler API Reference, ListScheduleGroups.
struct ListScheduleGroups: Operation {
  struct Input: Shape {
    var namePrefix: String?
    var nextToken: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] {
      [.length("namePrefix", \.namePrefix, 1...64, .scheduleName), .range("maxResults", \.maxResults, 1...100)]
    }
  }
  struct Output: Shape {
    var scheduleGroups: [ScheduleGroupShape]
    var nextToken: String?
  }
  static let route: OperationRoute? = OperationRoute(
    "GET", "/schedule-groups", query: ["NamePrefix": "NamePrefix", "NextToken": "NextToken", "MaxResults": "MaxResults"])

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Output {
    let prefix = input.namePrefix ?? ""
    let page = try call.transaction.page(
      ScheduleGroup.self, in: call.partition, prefix: prefix, after: call.cursor(input.nextToken), limit: input.maxResults ?? 100)
    var groups = page.items
    if input.nextToken == nil, ScheduleGroup.standard.hasPrefix(prefix) { groups.insert(try call.group(ScheduleGroup.standard), at: 0) }
    return Output(
      scheduleGroups: groups.map { ScheduleGroupShape($0, call.arn("schedule-group/\($0.name)")) }, nextToken: call.token(page.next))
  }
}
