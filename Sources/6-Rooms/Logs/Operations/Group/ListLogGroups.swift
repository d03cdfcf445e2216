import ServiceKit
import Store

/// Lists log groups. Source: Amazon CloudWatch Logs API Reference, ListLogGroups.
///
/// Differs: there are no linked accounts, data sources or field indexes; a listing by the last two is refused.
struct ListLogGroups: Operation {
  struct Input: Shape {
    var logGroupNamePattern: String?
    var logGroupClass: String?
    var includeLinkedAccounts: Bool?
    var accountIdentifiers: [String]?
    var nextToken: String?
    var limit: Int?
    var dataSources: [DataSource]?
    var fieldIndexNames: [String]?
    var logGroupTags: [TagFilter]?
    private static let pattern = TextPattern(
      #"(\^?[\.\-_\/#A-Za-z0-9]{3,24})(\|\^?[\.\-_\/#A-Za-z0-9]{3,24}){0,4}"#
    ) { text in
      let parts = text.split(separator: "|", omittingEmptySubsequences: false)
      return parts.count <= 5
        && parts.allSatisfy { part in
          let name = String(part.hasPrefix("^") ? part.dropFirst() : part)
          return (3...24).contains(name.utf16.count) && LogName.group.accepts(name)
        }
    }
    static var limits: [Limit<Self>] {
      [
        .length("logGroupNamePattern", \.logGroupNamePattern, 3...129, pattern), .oneOf("logGroupClass", \.logGroupClass, LogGroup.classes),
        .count("accountIdentifiers", \.accountIdentifiers, 0...20),
        .each("accountIdentifiers", \.accountIdentifiers, 12...12, LogName.account), .range("limit", \.limit, 1...1_000),
        .count("logGroupTags", \.logGroupTags, 1...5),
      ]
    }
  }
  struct DataSource: Shape {
    var name: String
    var type: String?
  }
  struct TagFilter: Shape {
    var key: String
    var values: [String]?
    static var limits: [Limit<Self>] { [.length("key", \.key, 1...128), .count("values", \.values, 0...5)] }
  }
  struct Output: Shape {
    var logGroups: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var logGroupName: String
    var logGroupArn: String
    var logGroupClass: String
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    if input.dataSources != nil || input.fieldIndexNames != nil {
      throw Fault.parameter("Martlet keeps no data sources and no field indexes: leave out dataSources and fieldIndexNames.")
    }
    if let accounts = input.accountIdentifiers, !accounts.isEmpty, !accounts.contains(call.partition.account) {
      return Output(logGroups: [])
    }
    let parts = input.logGroupNamePattern?.split(separator: "|").map(String.init) ?? []
    let page = try call.groups(prefix: "", after: input.nextToken, limit: input.limit ?? 50) { group in
      (parts.isEmpty || parts.contains { matches(group.name, $0) }) && (input.logGroupClass.map { $0 == group.logGroupClass } ?? true)
        && (input.logGroupTags ?? []).allSatisfy { matches(group.tags, $0) }
    }
    return Output(
      logGroups: page.groups.map {
        Item(logGroupName: $0.name, logGroupArn: $0.arn(call.partition).description, logGroupClass: $0.logGroupClass)
      }, nextToken: page.next)
  }

  private static func matches(_ name: String, _ part: String) -> Bool {
    part.hasPrefix("^") ? name.hasPrefix(part.dropFirst()) : name.contains(part)
  }

  /// Values may begin with `!` for all others, and begin or end with `*`.
  private static func matches(_ tags: [String: String], _ filter: TagFilter) -> Bool {
    guard let values = filter.values, !values.isEmpty else { return tags[filter.key] != nil }
    let value = tags[filter.key]
    return values.contains { wanted in
      let isNegated = wanted.hasPrefix("!")
      var text = Substring(isNegated ? wanted.dropFirst() : wanted[...])
      let (open, closed) = (text.hasPrefix("*"), text.count > 1 && text.hasSuffix("*"))
      if open { text = text.dropFirst() }
      if closed { text = text.dropLast() }
      guard let value else { return isNegated }
      let isMatch = open && closed ? value.contains(text) : open ? value.hasSuffix(text) : closed ? value.hasPrefix(text) : value == text
      return isMatch != isNegated
    }
  }
}
