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

/// Gives tags to a rule or bus. Source: Amazon EventBridge API Reference, TagResource.
struct TagResource: Operation {
  struct Input: Shape {
    var resourceARN: String
    var tags: [Tag]
    static var limits: [Limit<Self>] { [.length("resourceARN", \.resourceARN, 1...1_600)] }
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Empty {
    try call.changeTags(of: input.resourceARN) { $0.merge(Tag.map(input.tags), uniquingKeysWith: { $1 }) }
    return Empty()
  }
}

extension Call where Home == EventBridge {
  /// Changes the tags of a rule or bus. Throws ResourceNotFoundException.
  func changeTags(of arn: String, _ change: (inout [String: String]) -> Void) throws {
    switch try tagged(arn) {
    case .rule(var rule):
      try rule.checkChange()
      change(&rule.tags)
      try put(rule)
    case .bus(var bus):
      change(&bus.tags)
      try put(bus)
    }
  }

  enum Tagged {
    case rule(Rule)
    case bus(EventBus)
  }

  func tagged(_ text: String) throws -> Tagged {
    let missing = Fault("ResourceNotFoundException", "\(text) not found.")
    guard let arn = ARN(text), arn.service == "events" else { throw missing }
    if arn.resourceType == "event-bus" {
      do { return .bus(try eventBus(arn.resourceName)) } catch is Fault { throw missing }
    }
    guard let key = Rule.key(arn: text), let rule = try get(Rule.self, key) else { throw missing }
    return .rule(rule)
  }
}
