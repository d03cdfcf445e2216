import JSON
import ServiceKit
import Store

/// A key and a value given to a resource.
struct Tag: Shape {
  var key: String?
  var value: String?
  static var limits: [Limit<Self>] { [.length("key", \.key, 1...128), .length("value", \.value, 0...256)] }

  static func map(_ tags: [Tag]?) -> [String: String] {
    Dictionary((tags ?? []).compactMap { tag in tag.key.map { ($0, tag.value ?? "") } }, uniquingKeysWith: { $1 })
  }
  static func list(_ tags: [String: String]) -> [Tag] { tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) } }

  /// The tags of a new resource. Throws TooManyTags, or a validation fault for keys that are AWS's own.
  static func checked(_ tags: [Tag]?) throws(Fault) -> [String: String] {
    try given(tags)
    return try bounded(map(tags), "")
  }

  /// Throws a validation fault for a key or value that only AWS may give, and for characters that tags may not have.
  static func given(_ tags: [Tag]?) throws(Fault) {
    for tag in tags ?? [] {
      for text in [tag.key, tag.value].compactMap(\.self) where !suits(text) {
        throw .validation(
          "Tags may only contain Unicode letters, digits, white space, or these symbols: _ . : / = + - @. Received: '\(text)'")
      }
      for text in [tag.key, tag.value].compactMap(\.self) where text.lowercased().hasPrefix("aws:") {
        throw .validation("Tag keys and values that begin with 'aws:' are reserved. Received: '\(text)'")
      }
    }
  }

  static func bounded(_ tags: [String: String], _ resource: String) throws(Fault) -> [String: String] {
    guard tags.count <= 50 else {
      throw Fault("TooManyTags", "A resource has at most 50 tags.", fields: ["resourceName": .string(resource)])
    }
    return tags
  }
}

extension Tag {
  /// Source: AWS Step Functions API Reference, TagResource: "Unicode letters, digits, white space, or these symbols".
  private static func suits(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      if scalar.value < 128 {
        return scalar.properties.isAlphabetic || (48...57).contains(scalar.value) || scalar.properties.isWhitespace
          || "_.:/=+-@".unicodeScalars.contains(scalar)
      }
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber,
        .otherNumber, .spaceSeparator, .lineSeparator, .paragraphSeparator:
        return true
      default: return false
      }
    }
  }
}

/// Gives tags to a state machine or activity. Source: AWS Step Functions API Reference, TagResource.
struct TagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tags: [Tag]
    static var limits: [Limit<Self>] { [.arn("resourceArn", \.resourceArn)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.resourceArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    try Tag.given(input.tags)
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
      let arn = try MachineARN(text, partition)
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
