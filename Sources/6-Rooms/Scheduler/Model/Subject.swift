import JSON
import ServiceKit
import Store
import Time

/// A schedule or a scheduled rule that an operation beyond AWS's is about.
struct Subject: Sendable {
  var owner: RunOwner
  var name: String
  /// Nil for a rule.
  var group: String?
  var arn: String
  var state: String
  var timing: ScheduleTiming

  var isRule: Bool { group == nil }
  var isEnabled: Bool { state != "DISABLED" }

  init(_ schedule: Schedule, _ partition: Partition) {
    owner = schedule.owner
    name = schedule.name
    group = schedule.groupName
    arn = schedule.arn(partition).description
    state = schedule.state
    timing = schedule.timing
  }

  /// A scheduled rule as the room of rules describes it.
  init(_ rule: ScheduledRuleShape) {
    owner = .rule(rule.name)
    name = rule.name
    arn = rule.arn
    state = rule.state
    timing = ScheduleTiming(rule.scheduleExpression, isRule: true, anchor: rule.anchor)
  }
}

/// One scheduled rule in the answer of the event room's ListScheduledRules.
struct ScheduledRuleShape: Codable, Sendable {
  var name: String
  var arn: String
  var state: String
  var scheduleExpression: String
  var anchor: Timestamp

  private enum CodingKeys: String, CodingKey {
    case name = "Name"
    case arn = "Arn"
    case state = "State"
    case scheduleExpression = "ScheduleExpression"
    case anchor = "Anchor"
  }

  struct Listing: Codable, Sendable {
    var rules: [ScheduledRuleShape]
    var nextToken: String?
    private enum CodingKeys: String, CodingKey {
      case rules = "Rules"
      case nextToken = "NextToken"
    }
  }
}

/// Names a schedule (name and group) or a scheduled rule: what many operations beyond AWS's take.
struct SubjectReference: Sendable {
  var name: String?
  var groupName: String?
  var ruleName: String?

  init(_ name: String?, _ groupName: String?, _ ruleName: String?) {
    self.name = name
    self.groupName = groupName
    self.ruleName = ruleName
  }

  /// Throws ValidationException unless exactly one of both is named.
  func owner() throws -> RunOwner {
    switch (name, ruleName) {
    case (let name?, nil): return .schedule(groupName ?? ScheduleGroup.standard, name)
    case (nil, let rule?) where groupName == nil: return .rule(rule)
    default: throw Fault.validation("Name, with GroupName where it is not in the default group, or RuleName must be given, and not both.")
    }
  }

  var missing: Fault {
    Fault(
      "ResourceNotFoundException", ruleName.map { "Rule \($0) does not exist." } ?? "Schedule \(name ?? "") does not exist.", status: 404)
  }
}

extension Call where Home == Scheduler {
  /// The owner of the reference, which must exist or have left runs. Throws ResourceNotFoundException.
  func owner(_ reference: SubjectReference) throws -> RunOwner {
    let owner = try reference.owner()
    guard try transaction.row(owner.kind, owner.key, in: partition) != nil || RunLedger.remembers(owner, in: partition, transaction) else {
      throw reference.missing
    }
    return owner
  }
}

extension AsyncCall where Home == Scheduler {
  /// A context for what this call asks of other rooms.
  var inner: CallContext {
    CallContext(caller: context.caller, requestID: context.requestID, now: context.now, invokedBy: Scheduler.identity.principal)
  }

  /// Throws ResourceNotFoundException.
  func subject(_ reference: SubjectReference) async throws -> Subject {
    _ = try reference.owner()
    if let rule = reference.ruleName {
      guard let found = try await rules(["Name": .string(rule)]).rules.first else { throw reference.missing }
      return Subject(found)
    }
    let schedule = try await read { try $0.schedule(reference.name ?? "", group: reference.groupName) }
    return Subject(schedule, partition)
  }

  /// A page of the scheduled rules; none where no event room is served.
  func rules(_ input: JSONObject) async throws -> ScheduledRuleShape.Listing {
    let invoker = room.context.invoker
    guard invoker.extensions(of: "events").contains("ListScheduledRules") else { return ScheduledRuleShape.Listing(rules: []) }
    return try await invoker.call("events", "ListScheduledRules", .object(input), inner).decode(ScheduledRuleShape.Listing.self)
  }

  func seal(_ cursor: CatalogCursor) -> String { room.context.tokens.seal(cursor, for: "scheduler-extensions/\(partition.text)") }
  func open(_ token: String?) throws -> CatalogCursor? {
    try token.map { try room.context.tokens.open($0, for: "scheduler-extensions/\(partition.text)") }
  }
}
