import Series
import ServiceKit
import Store
import Time

/// Describes log groups. Source: Amazon CloudWatch Logs API Reference, DescribeLogGroups.
///
/// Differs: there are no linked accounts; `includeLinkedAccounts` and `accountIdentifiers` answer groups of the caller's own account alone.
struct DescribeLogGroups: Operation {
  struct Input: Shape {
    var accountIdentifiers: [String]?
    var logGroupNamePrefix: String?
    var logGroupNamePattern: String?
    var nextToken: String?
    var limit: Int?
    var includeLinkedAccounts: Bool?
    var logGroupClass: String?
    var logGroupIdentifiers: [String]?
    static var limits: [Limit<Self>] {
      [
        .count("accountIdentifiers", \.accountIdentifiers, 0...20),
        .each("accountIdentifiers", \.accountIdentifiers, 12...12, LogName.account),
        .length("logGroupNamePrefix", \.logGroupNamePrefix, 1...512, LogName.group),
        .length("logGroupNamePattern", \.logGroupNamePattern, 0...512, LogName.groupPart), .range("limit", \.limit, 1...50),
        .oneOf("logGroupClass", \.logGroupClass, LogGroup.classes), .count("logGroupIdentifiers", \.logGroupIdentifiers, 1...50),
        .each("logGroupIdentifiers", \.logGroupIdentifiers, 1...2_048, LogName.identifier),
      ]
    }
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
    var kmsKeyId: String?
    var dataProtectionStatus: String?
    var inheritedProperties: [String]?
    var logGroupClass: String
    var logGroupArn: String
    var deletionProtectionEnabled: Bool
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    if input.logGroupNamePrefix != nil, input.logGroupNamePattern != nil {
      throw Fault.parameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    }
    if input.accountIdentifiers?.isEmpty == false, input.includeLinkedAccounts != true {
      throw Fault.parameter("AccountIdentifiers can only be specified when includeLinkedAccounts is true.")
    }
    if let accounts = input.accountIdentifiers, !accounts.isEmpty, !accounts.contains(call.partition.account) {
      return Output(logGroups: [])
    }
    let accountWide = try !AccountPolicy.policies(.dataProtection, in: call.partition, call.transaction).isEmpty
    if let identifiers = input.logGroupIdentifiers { return try named(identifiers, input, accountWide, call) }
    let page = try call.groups(prefix: input.logGroupNamePrefix ?? "", after: input.nextToken, limit: input.limit ?? 50) {
      passes($0, input)
    }
    return Output(logGroups: try page.groups.map { try item($0, accountWide, call) }, nextToken: page.next)
  }

  private static func named(_ identifiers: [String], _ input: Input, _ accountWide: Bool, _ call: Call<Logs>) throws -> Output {
    if input.logGroupNamePrefix != nil || input.logGroupNamePattern != nil {
      throw Fault.parameter("LogGroup identifiers can not be combined with a LogGroup name prefix or pattern.")
    }
    let names = Set(try identifiers.map { try LogName.group(identifier: $0, in: call.partition) }).sorted()
    let groups = try names.compactMap { try call.get(LogGroup.self, $0) }.filter { passes($0, input) }
    return Output(logGroups: try groups.map { try item($0, accountWide, call) })
  }

  private static func passes(_ group: LogGroup, _ input: Input) -> Bool {
    (input.logGroupNamePattern.map { $0.isEmpty || group.name.contains(ignoringCase: $0) } ?? true)
      && (input.logGroupClass.map { $0 == group.logGroupClass } ?? true)
  }

  private static func item(_ group: LogGroup, _ accountWide: Bool, _ call: Call<Logs>) throws -> Item {
    let stored = call.room.engine.streams(group: group.id).reduce(0) { $0 + Int64($1.storedBytes) }
    let status = group.protection != nil ? "ACTIVATED" : group.protectionDeleted == true ? "DELETED" : nil
    return Item(
      logGroupName: group.name, creationTime: group.created.milliseconds, retentionInDays: group.retentionInDays,
      metricFilterCount: try call.transaction.count(MetricFilter.kind, in: call.partition, prefix: "\(group.name):"),
      arn: "\(group.arn(call.partition)):*", storedBytes: stored, kmsKeyId: group.kmsKeyId, dataProtectionStatus: status,
      inheritedProperties: accountWide ? ["ACCOUNT_DATA_PROTECTION"] : nil, logGroupClass: group.logGroupClass,
      logGroupArn: group.arn(call.partition).description, deletionProtectionEnabled: group.deletionProtected)
  }
}

extension String {
  /// Whether the text occurs, in whatever case. Source: DescribeLogGroups: "the pattern is case-insensitive substring search".
  func contains(ignoringCase text: String) -> Bool { lowercased().contains(text.lowercased()) }
}

extension Call where Home == Logs {
  /// A page of groups by name.
  func groups(
    prefix: String, after token: String?, limit: Int, where isWanted: (LogGroup) throws -> Bool
  ) throws -> (groups: [LogGroup], next: String?) {
    let page = try listing(LogGroup.self, prefix: prefix, after: token, limit: limit, where: isWanted)
    return (page.items, page.next)
  }

  /// A page of a listing whose items are chosen one by one.
  func listing<Value: Resource>(
    _ type: Value.Type, prefix: String = "", after nextToken: String?, limit: Int, where isWanted: (Value) throws -> Bool = { _ in true }
  ) throws -> (items: [Value], next: String?) {
    var after: CatalogCursor?
    do { after = try cursor(nextToken) } catch { throw Fault.badToken }
    var found: [Value] = []
    while true {
      let page = try transaction.page(type, in: partition, prefix: prefix, after: after, limit: 200)
      for item in page.items {
        if try isWanted(item) {
          if found.count == limit { return (found, token(after)) }
          found.append(item)
        }
        after = CatalogCursor(key: item.key)
      }
      guard let next = page.next else { return (found, nil) }
      after = next
    }
  }
}
