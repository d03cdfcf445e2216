import JSON
import LogsInsights
import Series
import ServiceKit
import Store
import Time

/// What StartQuery and scheduled queries ask for, checked and compiled.
struct PreparedQuery: Sendable {
  /// How the groups are named: one of them at most.
  struct Groups: Sendable {
    var name: String?
    var names: [String]?
    var identifiers: [String]?
  }
  var text: String
  var plan: Plan
  var groups: [LogGroup]
  var start: Timestamp
  var end: Timestamp
  var limit: Int?

  /// The groups as the engine reads them.
  func engineGroups(in partition: Partition) -> [LogQueryGroup] {
    groups.map { LogQueryGroup(group: $0.id, log: "\(partition.account):\($0.name)") }
  }

  /// Compiles the query and finds its groups. Throws MalformedQueryException, InvalidParameterException, ResourceNotFoundException.
  static func make(
    _ text: String, _ groups: Groups, start: Timestamp, end: Timestamp, limit: Int?, _ call: Call<Logs>
  ) throws -> PreparedQuery {
    guard start < end else { throw Fault.parameter("The start time of the query must not be after its end time.") }
    var options = PlanOptions(now: call.now, timeRange: start.milliseconds..<end.milliseconds)
    options.limit = limit ?? 10_000
    let plan: Plan
    do throws(QueryError) { plan = try Plan(text, options) } catch { throw Fault.malformed(error) }
    let found = try find(groups, plan.source, call)
    if call.enforcesQuotas { for group in found { try group.allows(plan) } }
    return PreparedQuery(text: text, plan: plan, groups: found, start: start, end: end, limit: limit)
  }

  private static func find(_ groups: Groups, _ source: LogGroupSelection?, _ call: Call<Logs>) throws -> [LogGroup] {
    let given = [groups.name.map { [$0] }, groups.names, groups.identifiers].compactMap { $0 }
    guard given.count + (source == nil ? 0 : 1) == 1, let named = given.first ?? (source == nil ? nil : []) else {
      throw Fault.parameter(
        "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be given, or the query must begin with SOURCE.")
    }
    if let source { return try find(source, call) }
    if named.isEmpty { throw Fault.parameter("At least one log group must be given.") }
    if call.enforcesQuotas, named.count > 50 { throw Fault.parameter("A query can look through 50 log groups at most.") }
    var (found, seen) = ([LogGroup](), Set<String>())
    for identifier in named {
      if identifier.hasSuffix("*") { throw Fault.parameter("The log group identifier can't end with an asterisk: \(identifier)") }
      let name = groups.identifiers == nil ? identifier : try LogName.group(identifier: identifier, in: call.partition)
      guard let group = try call.get(LogGroup.self, name) else {
        throw Fault.notFound("Log group '\(name)' does not exist for account ID '\(call.partition.account)'")
      }
      if seen.insert(name).inserted { found.append(group) }
    }
    return found
  }

  private static func find(_ source: LogGroupSelection, _ call: Call<Logs>) throws -> [LogGroup] {
    let accounts = source.accountIdentifiers
    if !accounts.isEmpty, !accounts.contains(call.partition.account) { return [] }
    let classes = source.classes.isEmpty ? ["STANDARD"] : source.classes
    var found: [LogGroup] = []
    for prefix in source.namePrefixes.isEmpty ? [""] : Set(source.namePrefixes).sorted() {
      try call.transaction.forEach(LogGroup.self, in: call.partition, prefix: prefix) { group in
        if classes.contains(group.logGroupClass), !found.contains(where: { $0.id == group.id }) { found.append(group) }
        return found.count < 10_000
      }
    }
    return found
  }
}

extension LogGroup {
  /// Whether queries may look through a group of the class. Source: CloudWatch Logs User Guide, "Logs Insights QL commands supported in log
  /// classes", and CreateLogGroup. Differs: without AWS's quotas every class has every feature.
  fileprivate func allows(_ plan: Plan) throws(Fault) {
    if logGroupClass == "DELIVERY" { throw .parameter("Queries are not supported for log groups of class DELIVERY.") }
    if logGroupClass == "INFREQUENT_ACCESS", let command = plan.standardCommands.first {
      throw .parameter("The command \(command) is not supported for log groups of class INFREQUENT_ACCESS.")
    }
  }
}

extension Fault {
  /// Source: Amazon CloudWatch Logs API Reference, QueryCompileError.
  static func malformed(_ error: QueryError) -> Fault {
    Fault(
      "MalformedQueryException", error.message,
      fields: [
        "queryCompileError": [
          "location": ["startCharOffset": .int(Int64(error.startCharOffset)), "endCharOffset": .int(Int64(error.endCharOffset))],
          "message": .string(error.message),
        ]
      ])
  }
}
