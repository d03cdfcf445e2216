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
    let limit = input.maxResults ?? 100
    // The default group is there without having been stored, and is listed first.
    let leads = input.nextToken == nil && ScheduleGroup.standard.hasPrefix(prefix)
    let after = try call.cursor(input.nextToken) ?? (leads && limit == 1 ? CatalogCursor(key: "") : nil)
    var page = try call.transaction.page(
      ScheduleGroup.self, in: call.partition, prefix: prefix, after: after, limit: leads ? max(1, limit - 1) : limit)
    if leads, limit == 1 { page = Page(items: [], next: CatalogCursor(key: "")) }
    var groups = page.items.filter { $0.name != ScheduleGroup.standard }
    if leads { groups.insert(try call.group(ScheduleGroup.standard), at: 0) }
    return Output(
      scheduleGroups: groups.map { ScheduleGroupShape($0, call.arn("schedule-group/\($0.name)")) }, nextToken: call.token(page.next))
  }
}
