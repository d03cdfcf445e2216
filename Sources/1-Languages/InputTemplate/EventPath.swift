import JSON

/// Where something lies in an event: the part of JSONPath that EventBridge reads.
///
/// Dots, array indexes, `[*]`; names of letters, digits, `_`, `-`, `/` and whatever else holds no dot or bracket.
/// Source: EventBridge User Guide, "Amazon EventBridge input transformation", note on JSON path syntax.
/// Differs: names in brackets (`$['a b']`) are read too.
public struct EventPath: Hashable, Sendable, CustomStringConvertible {
  private enum Step: Hashable, Sendable {
    case member(String)
    case element(Int)
    case all
  }
  public let text: String
  private let steps: [Step]
  public static let longest = 256

  public init(_ text: String) throws(InputTemplateError) {
    self.text = text
    guard text.utf8.count <= Self.longest, let steps = Self.steps(Array(text.utf8)) else { throw InputTemplateError(.path(text)) }
    self.steps = steps
  }

  public var description: String { text }
  public var isRoot: Bool { steps.isEmpty }
  /// The name of the first member the path goes through, and whether it ends there.
  var head: (name: String, isWhole: Bool)? {
    if case .member(let name)? = steps.first { (name, steps.count == 1) } else { nil }
  }

  private static func steps(_ bytes: [UInt8]) -> [Step]? {
    guard bytes.first == UInt8(ascii: "$") else { return nil }
    var steps: [Step] = []
    var position = 1
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "."):
        let start = position + 1
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: "."), bytes[end] != UInt8(ascii: "[") { end += 1 }
        let name = bytes[start..<end]
        guard !name.isEmpty, !name.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "(") }) else { return nil }
        steps.append(name.elementsEqual("*".utf8) ? .all : .member(String(decoding: name, as: UTF8.self)))
        position = end
      case UInt8(ascii: "["):
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "]")), let step = step(bytes[(position + 1)..<end]) else {
          return nil
        }
        steps.append(step)
        position = end + 1
      default: return nil
      }
    }
    return steps
  }

  private static func step(_ inside: ArraySlice<UInt8>) -> Step? {
    if inside.elementsEqual("*".utf8) { return .all }
    guard let first = inside.first, let last = inside.last else { return nil }
    if first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") {
      guard inside.count > 2, last == first else { return nil }
      return .member(String(decoding: inside.dropFirst().dropLast(), as: UTF8.self))
    }
    guard inside.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int(String(decoding: inside, as: UTF8.self)).map { .element($0) }
  }

  /// What lies there; nil when there is nothing. A path with a wildcard finds a list, which may be empty.
  public func value(in event: JSONValue) -> JSONValue? {
    var found = [event]
    var many = false
    for step in steps {
      switch step {
      case .member(let name): found = found.compactMap { $0[name] }
      case .element(let index): found = found.compactMap { $0[index] }
      case .all:
        many = true
        found = found.flatMap { $0.array ?? $0.object?.values ?? [] }
      }
      if found.isEmpty, !many { return nil }
    }
    return many ? .array(found) : found.first
  }

  /// Replaces every text that is wholly a path (`$.detail.state`) by what the event has there.
  ///
  /// Keys stay as they are. Texts stay texts: what is found and is no text goes in as its JSON. Throws when the event lacks it.
  /// Source: EventBridge User Guide, "Dynamic path parameters".
  public static func resolve(_ parameters: JSONValue, in event: JSONValue) throws(InputTemplateError) -> JSONValue {
    switch parameters {
    case .string(let text) where text.hasPrefix("$."):
      guard let path = try? EventPath(text) else { return parameters }
      guard let value = path.value(in: event) else { throw InputTemplateError(.missing(text)) }
      return .string(value.string ?? value.text)
    case .array(let elements):
      var resolved: [JSONValue] = []
      for element in elements { resolved.append(try resolve(element, in: event)) }
      return .array(resolved)
    case .object(let object):
      var resolved = JSONObject()
      for (name, value) in object { resolved[name] = try resolve(value, in: event) }
      return .object(resolved)
    default: return parameters
    }
  }
}
