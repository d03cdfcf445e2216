import ServiceKit
import Store
import Time

/// Lists mute rules by name: all, those of an alarm, those of a status. Source: Amazon CloudWatch API Reference, ListAlarmMuteRules.
struct ListAlarmMuteRules: Operation {
  struct Input: Shape {
    var alarmName: String?
    var statuses: [String]?
    var maxRecords: Int?
    var nextToken: String?
    static var limits: [Limit<Self>] { [.length("alarmName", \.alarmName, 1...255), .range("maxRecords", \.maxRecords, 1...100)] }
  }
  struct Summary: Shape {
    var alarmMuteRuleArn: String
    var expireDate: Timestamp?
    var status: String
    var muteType: String
    var lastUpdatedTimestamp: Timestamp
  }
  struct Output: Shape {
    var alarmMuteRuleSummaries: [Summary]
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    for status in input.statuses ?? [] where AlarmMuteRule.Status(rawValue: status) == nil {
      throw Fault.broken(
        "1 validation error detected: Value '[\(status)]' at 'statuses' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [SCHEDULED, ACTIVE, EXPIRED]]"
      )
    }
    let limit = input.maxRecords ?? 50
    var after = try call.place(input.nextToken)
    var found: [Summary] = []
    while true {
      let page = try call.transaction.page(AlarmMuteRule.self, in: call.partition, after: after, limit: limit)
      for rule in page.items {
        let status = rule.status(at: call.now).rawValue
        let fits = (input.statuses?.contains(status) ?? true) && (input.alarmName.map { rule.targets.contains($0) } ?? true)
        if fits, found.count == limit { return Output(alarmMuteRuleSummaries: found, nextToken: call.token(after)) }
        after = CatalogCursor(key: rule.key)
        guard fits else { continue }
        found.append(
          Summary(
            alarmMuteRuleArn: AlarmMuteRule.arn(rule.name, call.partition).description, expireDate: rule.expire, status: status,
            muteType: rule.muteType, lastUpdatedTimestamp: rule.updated))
      }
      guard page.next != nil else { return Output(alarmMuteRuleSummaries: found, nextToken: nil) }
    }
  }
}
