import ServiceKit
import Store
import Time
import Wire

/// Lists schedules by group and name. Source: EventBridge Scheduler API Reference, ListSchedules.
struct ListSchedules: Operation {
  struct Input: Shape {
    var groupName: String?
    var namePrefix: String?
    var state: String?
    var nextToken: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] {
      [
        .length("groupName", \.groupName, 1...64, .scheduleName), .length("namePrefix", \.namePrefix, 1...64, .scheduleName),
        .oneOf("state", \.state, ["ENABLED", "DISABLED"]), .range("maxResults", \.maxResults, 1...100),
      ]
    }
  }
  struct Output: Shape {
    var schedules: [Summary]
    var nextToken: String?
  }
  struct Summary: Shape {
    var arn: String
    var name: String
    var groupName: String
    var state: String
    var creationDate: Timestamp
    var lastModificationDate: Timestamp
    var target: TargetSummary
  }
  struct TargetSummary: Shape { var arn: String }
  static let route: OperationRoute? = OperationRoute(
    "GET", "/schedules",
    query: [
      "ScheduleGroup": "GroupName", "NamePrefix": "NamePrefix", "State": "State", "NextToken": "NextToken", "MaxResults": "MaxResults",
    ])

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Output {
    let limit = input.maxResults ?? 100
    var prefix = ""
    if let group = input.groupName {
      _ = try call.group(group)
      prefix = Schedule.key(group, input.namePrefix ?? "")
    }
    var after = try call.cursor(input.nextToken)
    var found: [Summary] = []
    // A filter that few pass ends a page early, so that no call goes through a million schedules: the token says where to go on.
    var pages = 0
    while true {
      let page = try call.transaction.page(Schedule.self, in: call.partition, prefix: prefix, after: after, limit: 200)
      for schedule in page.items where schedule.name.hasPrefix(input.namePrefix ?? "") && input.state.map({ $0 == schedule.state }) ?? true
      {
        if found.count == limit { return Output(schedules: found, nextToken: call.token(after)) }
        found.append(
          Summary(
            arn: schedule.arn(call.partition).description, name: schedule.name, groupName: schedule.groupName, state: schedule.state,
            creationDate: schedule.created, lastModificationDate: schedule.modified, target: TargetSummary(arn: schedule.target.arn)))
        after = CatalogCursor(key: schedule.key)
      }
      guard let next = page.next else { return Output(schedules: found, nextToken: nil) }
      after = next
      pages += 1
      if pages == 25 { return Output(schedules: found, nextToken: call.token(after)) }
    }
  }
}
