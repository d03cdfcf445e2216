import Series
import ServiceKit
import Store
import Time

/// Describes log groups. Source: Amazon CloudWatch Logs API Reference, DescribeLogGroups.
struct DescribeLogGroups: Operation {
  struct Input: Shape {
    var logGroupNamePrefix: String?
    var logGroupNamePattern: String?
    var nextToken: String?
    var limit: Int?
    var logGroupClass: String?
    var logGroupIdentifiers: [String]?
    static var limits: [Limit<Self>] { [.range("limit", \.limit, 1...50)] }
  }
  struct Output: Shape {
    var logGroups: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var logGroupName: String
    var creationTime: Int64
    var retentionInDays: Int?
    var metricFilterCount: Int
    var arn: String
    var storedBytes: Int64
    var logGroupClass: String
    var logGroupArn: String
    var deletionProtectionEnabled: Bool
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    if input.logGroupNamePrefix != nil, input.logGroupNamePattern != nil {
      throw Fault.parameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    }
    let limit = input.limit ?? 50
    var after = try call.cursor(input.nextToken)
    var found: [Item] = []
    let wanted = input.logGroupIdentifiers.map { Set($0.map { ARN($0)?.resource.split(separator: ":").last.map(String.init) ?? $0 }) }
    while true {
      let page = try call.transaction.page(
        LogGroup.self, in: call.partition, prefix: input.logGroupNamePrefix ?? "", after: after, limit: 200)
      for group in page.items where passes(group, input, wanted) {
        if found.count == limit { return Output(logGroups: found, nextToken: call.token(after)) }
        found.append(try item(group, call))
        after = CatalogCursor(key: group.key)
      }
      guard let next = page.next else { return Output(logGroups: found, nextToken: nil) }
      after = next
    }
  }

  private static func passes(_ group: LogGroup, _ input: Input, _ wanted: Set<String>?) -> Bool {
    (input.logGroupNamePattern.map { group.name.contains($0) } ?? true)
      && (input.logGroupClass.map { $0 == group.logGroupClass } ?? true) && (wanted?.contains(group.name) ?? true)
  }

  private static func item(_ group: LogGroup, _ call: Call<Logs>) throws -> Item {
    let stored = call.room.engine.streams(group: group.id).reduce(0) { $0 + Int64($1.storedBytes) }
    return Item(
      logGroupName: group.name, creationTime: group.created.milliseconds, retentionInDays: group.retentionInDays,
      metricFilterCount: try call.transaction.count(MetricFilter.kind, in: call.partition, prefix: "\(group.name):"),
      arn: "\(group.arn(call.partition)):*", storedBytes: stored, logGroupClass: group.logGroupClass,
      logGroupArn: group.arn(call.partition).description, deletionProtectionEnabled: group.deletionProtected)
  }
}
