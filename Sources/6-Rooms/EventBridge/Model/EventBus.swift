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
  var tags: [String: String]
  var created: Timestamp
  var modified: Timestamp
  var key: String { name }
}

extension Call where Home == EventBridge {
  /// The name of the bus out of its name or ARN; the default bus for nil. Throws ResourceNotFoundException when there is none.
  func bus(_ nameOrARN: String?) throws -> String {
    let name = EventBridge.busName(nameOrARN)
    guard try name == EventBus.standard || get(EventBus.self, name) != nil else { throw Fault.busNotFound(name) }
    return name
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
}

extension EventBridge {
  static func busName(_ nameOrARN: String?) -> String {
    guard let nameOrARN else { return EventBus.standard }
    return ARN(nameOrARN)?.resourceName ?? nameOrARN
  }
}
