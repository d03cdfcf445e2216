import JSON
import ServiceKit
import Store
import Time

struct EventBus: Resource {
  static let kind = "events.bus"
  /// The bus every account has.
  static let standard = "default"
  var name: String
  var description: String?
  var deadLetterArn: String?
  var kmsKeyIdentifier: String?
  var logConfig: LogConfig?
  /// The resource policy as it was given, or as PutPermission put it together.
  var policy: JSONValue?
  var tags: [String: String]
  var created: Timestamp
  var modified: Timestamp
  var key: String { name }

  /// Source: Amazon EventBridge API Reference, LogConfig.
  struct LogConfig: Shape, Equatable {
    var includeDetail: String?
    var level: String?
    static var limits: [Limit<Self>] {
      [.oneOf("includeDetail", \.includeDetail, ["NONE", "FULL"]), .oneOf("level", \.level, ["OFF", "ERROR", "INFO", "TRACE"])]
    }
  }

  var deadLetterConfig: Target.DeadLetterConfig? { deadLetterArn.map { Target.DeadLetterConfig(arn: $0) } }
}

extension Call where Home == EventBridge {
  /// The name of the bus out of its name or ARN; the default bus for nil. Throws ResourceNotFoundException when there is none.
  func bus(_ nameOrARN: String?) throws -> String {
    try checkOwn(nameOrARN)
    let name = EventBridge.busName(nameOrARN)
    guard try name == EventBus.standard || get(EventBus.self, name) != nil else { throw Fault.busNotFound(name) }
    return name
  }

  /// The bus, of which the default one may never have been stored. Throws ResourceNotFoundException.
  func eventBus(_ nameOrARN: String?) throws -> EventBus {
    try checkOwn(nameOrARN)
    let name = EventBridge.busName(nameOrARN)
    if let bus = try get(EventBus.self, name) { return bus }
    guard name == EventBus.standard else { throw Fault.busNotFound(name) }
    return EventBus(name: name, tags: [:], created: now, modified: now)
  }

  /// Stores the bus, and lets its log follow.
  func keep(_ bus: EventBus, when expectation: Expectation = .any) throws {
    try put(bus, when: expectation)
    let (room, partition) = (room, partition)
    transaction.afterCommit { room.logs.follow(bus, in: partition) }
  }

  /// Throws for the ARN of a bus of another account or region, so that it is not taken for the caller's own bus of that name.
  private func checkOwn(_ nameOrARN: String?) throws {
    guard let arn = nameOrARN.flatMap({ ARN($0) }) else { return }
    if arn.account != caller.account {
      throw Fault(
        "AccessDeniedException",
        "User: \(caller.arn) is not authorized to change or see \(arn): on buses of other accounts events can be put, but no rules made.")
    }
    if arn.region != caller.region { throw Fault.validation("The event bus \(arn) is not of the region \(caller.region).") }
  }

  /// The name of a bus of the caller's own account and region, by its ARN. Throws a validation fault or ResourceNotFoundException.
  func ownBus(_ text: String, parameter: String) throws -> String {
    guard let arn = ARN(text), arn.service == "events", arn.resourceType == "event-bus" else {
      throw Fault.invalidParameter(parameter, "Must contain an event bus ARN.")
    }
    guard arn.account == caller.account, arn.region == caller.region else { throw Fault.busNotFound(arn.resourceName) }
    return try bus(text)
  }

  /// Throws ResourceNotFoundException.
  func rule(_ name: String, bus: String) throws -> Rule {
    guard let rule = try get(Rule.self, Rule.key(bus, name)) else { throw Fault.ruleNotFound(name, bus: bus) }
    return rule
  }

  /// Stores the rule, and lets matcher and timer follow it.
  func keep(_ rule: Rule) throws {
    try put(rule)
    let (room, partition) = (room, partition)
    transaction.afterCommit { room.follow(rule, in: partition) }
  }

  /// Deletes the rule with its timer and its runs, and lets the matcher follow.
  func forget(rule key: String, bus: String) throws {
    guard let rule = try get(Rule.self, key) else { return }
    try delete(Rule.self, key)
    try transaction.cancel(FireRule.queue, key: key, in: partition)
    // Rules have schedules on the default bus only.
    if bus == EventBus.standard { try RunLedger.forget(rule.owner, self) }
    try DeliveryLog.forget(rule.arn(partition), in: partition, transaction)
    let (room, partition) = (room, partition)
    transaction.afterCommit { room.unfollow(key, bus: bus, in: partition) }
  }
}

extension Rule {
  /// Throws ManagedRuleException for a rule that a service made, unless it is that service that asks or it is forced.
  func checkChange(by caller: Caller, force: Bool? = nil) throws {
    guard let managedBy, force != true, caller.kind != .service || caller.arn != managedBy else { return }
    throw Fault(
      "ManagedRuleException",
      "Rule \(name) is managed by \(managedBy): it can be changed by that service only, or deleted with the Force parameter.")
  }
}

extension EventBridge {
  static func busName(_ nameOrARN: String?) -> String {
    guard let nameOrARN else { return EventBus.standard }
    return ARN(nameOrARN)?.resourceName ?? nameOrARN
  }

  /// Throws for a dead-letter queue that is none.
  static func check(_ config: Target.DeadLetterConfig?) throws {
    guard let queue = config?.arn, !queue.isEmpty else { return }
    guard let arn = ARN(queue) else { throw Fault.malformedARN(queue) }
    guard arn.service == "sqs" else { throw Fault.validation("\(arn.service) is not supported as a dead letter resource.") }
  }
}
