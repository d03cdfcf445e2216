import JSON
import ServiceKit
import Store

/// A key and a value given to a resource.
struct Tag: Shape {
  var key: String?
  var value: String?
  static var limits: [Limit<Self>] { [.length("key", \.key, 0...128), .length("value", \.value, 0...256)] }

  static func map(_ tags: [Tag]?) -> [String: String] {
    Dictionary((tags ?? []).compactMap { tag in tag.key.map { ($0, tag.value ?? "") } }, uniquingKeysWith: { $1 })
  }
  static func list(_ tags: [String: String]) -> [Tag] { tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) } }

  /// The tags of a new resource. Throws TooManyTags.
  static func checked(_ tags: [Tag]?) throws(Fault) -> [String: String] { try bounded(map(tags), "") }

  static func bounded(_ tags: [String: String], _ resource: String) throws(Fault) -> [String: String] {
    guard tags.count <= 50 else {
      throw Fault("TooManyTags", "A resource has at most 50 tags.", fields: ["resourceName": .string(resource)])
    }
    return tags
  }
}

/// Gives tags to a state machine or activity. Source: AWS Step Functions API Reference, TagResource.
struct TagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tags: [Tag]
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.resourceArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    try call.retag(input.resourceArn) { tags throws(Fault) in
      tags.merge(Tag.map(input.tags), uniquingKeysWith: { $1 })
      tags = try Tag.bounded(tags, input.resourceArn)
    }
    return Empty()
  }
}

extension Call where Home == StepFunctions {
  /// The tags of a machine or activity. Throws InvalidArn or ResourceNotFound.
  func tags(of text: String) throws -> [String: String] {
    switch try tagged(text) {
    case .machine(let machine): machine.tags
    case .activity(let activity): activity.tags
    }
  }

  func retag(_ text: String, _ change: (inout [String: String]) throws(Fault) -> Void) throws {
    switch try tagged(text) {
    case .machine(var machine):
      try change(&machine.tags)
      try put(machine)
      changed()
    case .activity(var activity):
      try change(&activity.tags)
      try put(activity)
    }
  }

  private func tagged(_ text: String) throws -> Tagged {
    do {
      if ARN(text)?.resourceType == "activity" { return .activity(try activity(text)) }
      let arn = try MachineARN(text)
      guard arn.qualifier == .none else { throw Fault.invalidARN(text) }
      return .machine(try machine(arn, text))
    } catch let fault as Fault where ["StateMachineDoesNotExist", "ActivityDoesNotExist"].contains(fault.code) {
      throw Fault.resourceNotFound(text)
    }
  }
}

private enum Tagged {
  case machine(StateMachine)
  case activity(Activity)
}
