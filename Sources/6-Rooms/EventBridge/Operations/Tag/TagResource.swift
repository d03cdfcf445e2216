import ServiceKit

/// A key and a value given to a resource.
struct Tag: Shape {
  var key: String
  var value: String
  static var limits: [Limit<Self>] { [.length("key", \.key, 1...128), .length("value", \.value, 0...256)] }

  static func map(_ tags: [Tag]?) -> [String: String] {
    Dictionary((tags ?? []).map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
  }
  static func list(_ tags: [String: String]) -> [Tag] { tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) } }
}

extension Tag {
  /// Tags of one resource. Source: EventBridge User Guide, "Tagging Amazon EventBridge resources".
  private static let most = 50

  /// Refuses a key that is given twice and, where quotas hold, more tags than a resource may have.
  static func check(_ tags: [Tag]?, isStrict: Bool) throws(Fault) {
    guard let tags else { return }
    if Set(tags.map(\.key)).count < tags.count { throw .validation("Invalid parameter: Duplicated keys are not allowed.") }
    try checkNumber(tags.count, isStrict: isStrict)
  }

  static func checkNumber(_ count: Int, isStrict: Bool) throws(Fault) {
    if isStrict, count > most { throw .validation("Number of tags exceeds the limit of \(most) for a resource.") }
  }
}

/// Gives tags to a rule or bus. Source: Amazon EventBridge API Reference, TagResource.
struct TagResource: Operation {
  struct Input: Shape {
    var resourceARN: String
    var tags: [Tag]
    static var limits: [Limit<Self>] { [.length("resourceARN", \.resourceARN, 1...1_600)] }
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Empty {
    try Tag.check(input.tags, isStrict: call.enforcesQuotas)
    try call.changeTags(of: input.resourceARN) { $0.merge(Tag.map(input.tags), uniquingKeysWith: { $1 }) }
    return Empty()
  }
}

extension Call where Home == EventBridge {
  /// Changes the tags of a rule or bus. Throws ResourceNotFoundException, ManagedRuleException.
  func changeTags(of arn: String, _ change: (inout [String: String]) -> Void) throws {
    switch try tagged(arn) {
    case .rule(var rule):
      try rule.checkChange(by: caller)
      change(&rule.tags)
      try Tag.checkNumber(rule.tags.count, isStrict: enforcesQuotas)
      try put(rule)
    case .bus(var bus):
      change(&bus.tags)
      try Tag.checkNumber(bus.tags.count, isStrict: enforcesQuotas)
      try put(bus)
    }
  }

  enum Tagged {
    case rule(Rule)
    case bus(EventBus)
  }

  func tagged(_ text: String) throws -> Tagged {
    guard let arn = ARN(text), arn.service == "events" else { throw Fault.malformedARN(text) }
    switch arn.resourceType {
    case "event-bus":
      return .bus(try eventBus(arn.resourceName))
    case "rule":
      let parts = arn.resourceName.split(separator: "/").map(String.init)
      let (bus, name) = parts.count == 2 ? (parts[0], parts[1]) : (EventBus.standard, arn.resourceName)
      return .rule(try rule(name, bus: bus))
    default: throw Fault.malformedARN(text)
    }
  }
}
