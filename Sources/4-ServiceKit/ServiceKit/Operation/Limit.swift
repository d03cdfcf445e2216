import JSON

/// One declared constraint on a member of a shape, with the sentence AWS gives when it is broken.
package struct Limit<Value>: Sendable {
  package struct Violation: Sendable {
    /// The offending value as the sentence shows it.
    var value: String
    var constraint: String
  }
  /// The member's name on the wire, first letter in lower case.
  let member: String
  let check: @Sendable (Value) -> [Violation]
}

/// A set of ASCII characters, as bits.
package struct ByteSet: Sendable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  /// Characters beyond ASCII are left out.
  package init(_ characters: String) {
    for byte in characters.utf8 {
      if byte < 64 { low |= 1 << UInt64(byte) } else if byte < 128 { high |= 1 << UInt64(byte - 64) }
    }
  }

  package func contains(_ byte: UInt8) -> Bool {
    byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte - 64) & 1 == 1
  }
}

/// A named set of characters, with the regular expression AWS prints for it.
package struct TextPattern: Sendable {
  package let expression: String
  let matches: @Sendable (String) -> Bool

  package init(_ expression: String, matches: @escaping @Sendable (String) -> Bool) {
    self.expression = expression
    self.matches = matches
  }

  /// Every byte is an ASCII letter, a digit or one of `others`.
  package init(_ expression: String, alphanumericsAnd others: String) {
    let allowed = ByteSet(others)
    self.init(expression) { text in
      text.utf8.allSatisfy { byte in
        (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57) || allowed.contains(byte)
      }
    }
  }

  /// Whether the whole text is of the pattern.
  package func accepts(_ text: String) -> Bool { !text.isEmpty && matches(text) }

  /// Names of rules, schedules, groups and many others.
  package static let resourceName = TextPattern(#"[\.\-_A-Za-z0-9]+"#, alphanumericsAnd: ".-_")
  package static let resourceNameAnchored = TextPattern(#"^[0-9a-zA-Z-_.]+$"#, alphanumericsAnd: ".-_")
}

extension Limit {
  private static func quoted(_ text: String) -> String { "'\(text)'" }

  /// A text of so many characters, of a pattern where given. Nil passes.
  package static func length(
    _ member: String, _ path: any KeyPath<Value, String> & Sendable, _ range: ClosedRange<Int>, _ pattern: TextPattern? = nil
  ) -> Limit {
    Limit(member: member) { check($0[keyPath: path], range, pattern) }
  }

  package static func length(
    _ member: String, _ path: any KeyPath<Value, String?> & Sendable, _ range: ClosedRange<Int>, _ pattern: TextPattern? = nil
  ) -> Limit {
    Limit(member: member) { value in value[keyPath: path].map { check($0, range, pattern) } ?? [] }
  }

  private static func check(_ text: String, _ range: ClosedRange<Int>, _ pattern: TextPattern?) -> [Violation] {
    var found: [Violation] = []
    // AWS counts UTF-16 units, as Java does.
    let count = text.utf16.count
    if count < range.lowerBound {
      found.append(
        Violation(value: quoted(text), constraint: "Member must have length greater than or equal to \(range.lowerBound)"))
    } else if count > range.upperBound {
      found.append(Violation(value: quoted(text), constraint: "Member must have length less than or equal to \(range.upperBound)"))
    }
    if let pattern, !pattern.matches(text) || (text.isEmpty && pattern.expression.contains("+")) {
      found.append(
        Violation(value: quoted(text), constraint: "Member must satisfy regular expression pattern: \(pattern.expression)"))
    }
    return found
  }

  /// A list or map of so many elements. Nil passes.
  package static func count<Elements: Collection & SendableMetatype>(
    _ member: String, _ path: any KeyPath<Value, Elements> & Sendable, _ range: ClosedRange<Int>
  ) -> Limit {
    Limit(member: member) { check($0[keyPath: path], range) }
  }

  package static func count<Elements: Collection & SendableMetatype>(
    _ member: String, _ path: any KeyPath<Value, Elements?> & Sendable, _ range: ClosedRange<Int>
  ) -> Limit {
    Limit(member: member) { value in value[keyPath: path].map { check($0, range) } ?? [] }
  }

  private static func check(_ elements: some Collection, _ range: ClosedRange<Int>) -> [Violation] {
    if range.contains(elements.count) { return [] }
    let shown = "'[\(elements.prefix(20).map(show).joined(separator: ", "))]'"
    if elements.count < range.lowerBound {
      return [Violation(value: shown, constraint: "Member must have length greater than or equal to \(range.lowerBound)")]
    }
    return [Violation(value: shown, constraint: "Member must have length less than or equal to \(range.upperBound)")]
  }

  /// Each text of a list has so many characters, of a pattern where given. Nil passes.
  package static func each(
    _ member: String, _ path: any KeyPath<Value, [String]> & Sendable, _ range: ClosedRange<Int>, _ pattern: TextPattern? = nil
  ) -> Limit {
    Limit(member: member) { check(each: $0[keyPath: path], range, pattern) }
  }

  package static func each(
    _ member: String, _ path: any KeyPath<Value, [String]?> & Sendable, _ range: ClosedRange<Int>, _ pattern: TextPattern? = nil
  ) -> Limit {
    Limit(member: member) { value in value[keyPath: path].map { check(each: $0, range, pattern) } ?? [] }
  }

  private static func check(each texts: [String], _ range: ClosedRange<Int>, _ pattern: TextPattern?) -> [Violation] {
    if texts.allSatisfy({ check($0, range, pattern).isEmpty }) { return [] }
    var wanted = range.upperBound == .max ? [] : ["Member must have length less than or equal to \(range.upperBound)"]
    wanted.append("Member must have length greater than or equal to \(range.lowerBound)")
    if let pattern { wanted.append("Member must satisfy regular expression pattern: \(pattern.expression)") }
    let shown = "'[\(texts.prefix(20).map(show).joined(separator: ", "))]'"
    return [Violation(value: shown, constraint: "Member must satisfy constraint: [\(wanted.joined(separator: ", "))]")]
  }

  /// An element as faults show it: texts as they are, structures as JSON, of both the beginning only.
  private static func show(_ element: Any) -> String {
    let text = (element as? any Encodable).flatMap { try? JSONValue(encoding: $0) }.map { $0.string ?? $0.text } ?? "\(element)"
    return text.utf8.count > 200 ? "\(text.prefix(200))..." : text
  }

  /// A number in a range. Nil passes.
  package static func range<Number: Comparable & Sendable>(
    _ member: String, _ path: any KeyPath<Value, Number> & Sendable, _ range: ClosedRange<Number>
  ) -> Limit {
    Limit(member: member) { check($0[keyPath: path], range) }
  }

  package static func range<Number: Comparable & Sendable>(
    _ member: String, _ path: any KeyPath<Value, Number?> & Sendable, _ range: ClosedRange<Number>
  ) -> Limit {
    Limit(member: member) { value in value[keyPath: path].map { check($0, range) } ?? [] }
  }

  private static func check<Number: Comparable>(_ number: Number, _ range: ClosedRange<Number>) -> [Violation] {
    if number < range.lowerBound {
      return [Violation(value: "'\(number)'", constraint: "Member must have value greater than or equal to \(range.lowerBound)")]
    }
    if number > range.upperBound {
      return [Violation(value: "'\(number)'", constraint: "Member must have value less than or equal to \(range.upperBound)")]
    }
    return []
  }

  /// One of the values of an enumeration. Nil passes.
  package static func oneOf(_ member: String, _ path: any KeyPath<Value, String> & Sendable, _ values: [String]) -> Limit {
    Limit(member: member) { check($0[keyPath: path], values) }
  }

  package static func oneOf(_ member: String, _ path: any KeyPath<Value, String?> & Sendable, _ values: [String]) -> Limit {
    Limit(member: member) { value in value[keyPath: path].map { check($0, values) } ?? [] }
  }

  private static func check(_ text: String, _ values: [String]) -> [Violation] {
    if values.contains(text) { return [] }
    return [
      Violation(value: quoted(text), constraint: "Member must satisfy enum value set: [\(values.joined(separator: ", "))]")
    ]
  }
}
