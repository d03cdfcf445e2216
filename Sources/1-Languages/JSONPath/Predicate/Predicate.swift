import JSON

/// The condition of a filter step, `?(@.price < 10 && @.tag == 'a')`.
indirect enum Predicate: Sendable {
  case and(Predicate, Predicate)
  case or(Predicate, Predicate)
  case not(Predicate)
  /// The path alone: does it name anything?
  case exists(Operand)
  case compare(Operand, Comparison, Operand)

  enum Comparison: Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, matches
    case isIn, notIn, subsetOf, anyOf, noneOf, size, empty, contains
  }

  enum Operand: Sendable {
    case literal(JSONValue)
    /// A path from the element, `@`.
    case element(JSONPath)
    /// A path from the document, `$`.
    case document(JSONPath)
    case pattern(String, caseInsensitive: Bool)
  }

  func holds(for element: JSONValue, root: JSONValue) -> Bool {
    switch self {
    case .and(let left, let right): left.holds(for: element, root: root) && right.holds(for: element, root: root)
    case .or(let left, let right): left.holds(for: element, root: root) || right.holds(for: element, root: root)
    case .not(let inner): !inner.holds(for: element, root: root)
    case .exists(let operand): operand.value(element, root) != nil
    case .compare(let left, .matches, .pattern(let pattern, let caseInsensitive)):
      matches(left.value(element, root), pattern, caseInsensitive)
    case .compare(let left, let comparison, let right):
      comparison.holds(left.value(element, root), right.value(element, root))
    }
  }

  private func matches(_ value: JSONValue?, _ pattern: String, _ caseInsensitive: Bool) -> Bool {
    guard let value, !value.isNull, let regex = try? Regex(pattern) else { return false }
    let text = value.string ?? value.text
    return (try? (caseInsensitive ? regex.ignoresCase() : regex).wholeMatch(in: text)) != nil
  }
}

extension Predicate.Operand {
  /// Nil where a path names nothing.
  func value(_ element: JSONValue, _ root: JSONValue) -> JSONValue? {
    switch self {
    case .literal(let value): value
    case .element(let path): try? path.read(element)
    case .document(let path): try? path.read(root)
    case .pattern: nil
    }
  }
}

extension Predicate.Comparison {
  func holds(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
    switch self {
    case .equal: Self.equal(left, right)
    case .notEqual: !Self.equal(left, right)
    case .less: Self.order(left, right).map { $0 < 0 } ?? false
    case .lessOrEqual: Self.order(left, right).map { $0 <= 0 } ?? false
    case .greater: Self.order(left, right).map { $0 > 0 } ?? false
    case .greaterOrEqual: Self.order(left, right).map { $0 >= 0 } ?? false
    case .matches: false
    case .isIn: right?.array?.contains { Self.equal(left, $0) } ?? false
    case .notIn: !(right?.array?.contains { Self.equal(left, $0) } ?? false)
    case .subsetOf: Self.elements(left, right) { mine, theirs in mine.allSatisfy { one in theirs.contains { $0 == one } } }
    case .anyOf: Self.elements(left, right) { mine, theirs in mine.contains { one in theirs.contains { $0 == one } } }
    case .noneOf: Self.elements(left, right) { mine, theirs in !mine.contains { one in theirs.contains { $0 == one } } }
    case .size: Self.count(left).map { Int64($0) == right?.int } ?? false
    case .empty: Self.count(left).map { ($0 == 0) == (right?.bool ?? true) } ?? false
    case .contains: Self.contains(left, right)
    }
  }

  /// Numbers compare with strings that spell them; otherwise kinds must agree.
  private static func equal(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
    guard let left, let right else { return false }
    switch (left, right) {
    case (.string(let text), _) where right.isNumber: return text == right.text
    case (_, .string(let text)) where left.isNumber: return Double(text) == left.double
    default: return left == right
    }
  }

  private static func order(_ left: JSONValue?, _ right: JSONValue?) -> Int? {
    guard let left, let right else { return nil }
    if left.isNumber, right.isNumber, let a = left.double, let b = right.double { return a < b ? -1 : (a > b ? 1 : 0) }
    if case .string(let a) = left, case .string(let b) = right {
      return a == b ? 0 : (a.utf16.lexicographicallyPrecedes(b.utf16) ? -1 : 1)
    }
    return nil
  }

  private static func elements(_ left: JSONValue?, _ right: JSONValue?, _ test: ([JSONValue], [JSONValue]) -> Bool) -> Bool {
    guard let mine = left?.array, let theirs = right?.array else { return false }
    return test(mine, theirs)
  }

  private static func count(_ value: JSONValue?) -> Int? {
    switch value {
    case .array(let elements): elements.count
    case .object(let object): object.count
    case .string(let text): text.utf16.count
    default: nil
    }
  }

  private static func contains(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
    switch (left, right) {
    case (.array(let elements), let wanted?): elements.contains { equal($0, wanted) }
    case (.string(let text), .string(let part)): part.isEmpty || text.contains(part)
    default: false
    }
  }
}
