import ServiceKit
import Store

/// A key and a value given to a resource.
struct Tag: Shape {
  var key: String?
  var value: String?

  static func map(_ tags: [Tag]?) -> [String: String] {
    Dictionary((tags ?? []).compactMap { tag in tag.key.map { ($0, tag.value ?? "") } }, uniquingKeysWith: { $1 })
  }
  static func list(_ tags: [String: String]) -> [Tag] { tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) } }
}

/// Gives tags to a state machine. Source: AWS Step Functions API Reference, TagResource.
struct TagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tags: [Tag]
  }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    var machine = try call.tagged(input.resourceArn)
    machine.tags.merge(Tag.map(input.tags), uniquingKeysWith: { $1 })
    if machine.tags.count > 50 { throw Fault("TooManyTags", "A resource has at most 50 tags.") }
    try call.put(machine)
    return Empty()
  }
}

extension Call where Home == StepFunctions {
  func tagged(_ text: String) throws -> StateMachine {
    do { return try machine(text) } catch let fault as Fault where fault.code == "StateMachineDoesNotExist" {
      throw Fault("ResourceNotFound", "Resource not found: '\(text)'")
    }
  }
}
