import JSON

/// Conditions joined by AND and OR.
indirect enum Logic<Leaf: Sendable>: Sendable {
  case leaf(Leaf)
  case all([Logic])
  case any([Logic])

  func holds(_ test: (Leaf) -> Bool) -> Bool {
    switch self {
    case .leaf(let leaf): test(leaf)
    case .all(let parts): parts.allSatisfy { $0.holds(test) }
    case .any(let parts): parts.contains { $0.holds(test) }
    }
  }

  /// Every leaf in the order of writing.
  var leaves: [Leaf] {
    switch self {
    case .leaf(let leaf): [leaf]
    case .all(let parts), .any(let parts): parts.flatMap(\.leaves)
    }
  }
}

/// A text that may go on at either end. An asterisk within it is an asterisk.
struct TextPattern: Sendable {
  /// As written, asterisks at the ends included.
  let text: [UInt8]
  private let core: ArraySlice<UInt8>
  let anyBefore: Bool
  let anyAfter: Bool

  init(_ text: [UInt8], anyBefore: Bool = false, anyAfter: Bool = false) {
    self.text = text
    self.anyBefore = anyBefore
    self.anyAfter = anyAfter
    let start = anyBefore ? 1 : 0
    core = text[start..<max(start, text.count - (anyAfter ? 1 : 0))]
  }

  func matches(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
    core.withUnsafeBufferPointer { core in
      switch (anyBefore, anyAfter) {
      case (false, false): value.count == core.count && value.starts(with: core)
      case (false, true): value.starts(with: core)
      case (true, false): value.count >= core.count && value.suffix(core.count).elementsEqual(core)
      case (true, true): ByteSearch.contains(value, core)
      }
    }
  }
}

/// A number as patterns and log lines write it: `+12`, `-3.5`, `1e+3`.
struct Number: Sendable {
  let double: Double
  /// Exact where the number is an integer that fits.
  private let integer: Int64?

  init?(_ text: UnsafeBufferPointer<UInt8>) {
    var place = 0
    func digits() -> Bool {
      let start = place
      while place < text.count, text[place].isDigit { place += 1 }
      return place > start
    }
    func sign() { if place < text.count, text[place] == UInt8(ascii: "+") || text[place] == UInt8(ascii: "-") { place += 1 } }
    sign()
    guard digits() else { return nil }
    let wholeEnd = place
    if place < text.count, text[place] == UInt8(ascii: ".") {
      place += 1
      guard digits() else { return nil }
    }
    if place < text.count, text[place] | 0x20 == UInt8(ascii: "e") {
      place += 1
      sign()
      guard digits() else { return nil }
    }
    guard place == text.count else { return nil }
    let literal = String(decoding: text, as: UTF8.self)
    guard let double = Double(literal), double.isFinite else { return nil }
    self.double = double
    integer = wholeEnd == place ? Int64(literal) : nil
  }

  init?(_ value: JSONValue) {
    guard let double = value.double else { return nil }
    self.double = double
    integer = value.int
  }

  /// Whether this number stands in that relation to the other.
  func stands(_ relation: Comparison.Relation, to other: Number) -> Bool {
    if let integer, let otherInteger = other.integer { return relation.holds(integer, otherInteger) }
    return relation.holds(double, other.double)
  }
}

enum Operand: Sendable {
  case text(TextPattern)
  case number(Number, TextPattern)
  case regex(LinearRegex)

  var isNumber: Bool {
    if case .number = self { true } else { false }
  }
}

/// A comparison with a value of the pattern.
struct Comparison: Sendable {
  enum Relation: Sendable {
    case equal, notEqual, less, atMost, greater, atLeast

    var isOrder: Bool { self != .equal && self != .notEqual }

    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
      switch self {
      case .equal: left == right
      case .notEqual: left != right
      case .less: left < right
      case .atMost: left <= right
      case .greater: left > right
      case .atLeast: left >= right
      }
    }
  }

  let relation: Relation
  let operand: Operand

  /// Whether a field of that text, and of that number if it is known already, compares so.
  func holds(_ text: UnsafeBufferPointer<UInt8>, number: Number? = nil) -> Bool {
    switch operand {
    case .text(let pattern): pattern.matches(text) == (relation == .equal)
    case .regex(let regex): regex.matches(text) == (relation == .equal)
    case .number(let expected, let literal):
      if let number = number ?? Number(text) {
        number.stands(relation, to: expected)
      } else {
        // Text that is no number: equal when it reads the same, and in no order.
        !relation.isOrder && literal.matches(text) == (relation == .equal)
      }
    }
  }
}
