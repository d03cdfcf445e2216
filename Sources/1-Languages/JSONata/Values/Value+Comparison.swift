import JSON

extension Value {
  /// Whether two values are the same in depth; functions are the same when they are one.
  static func deepEqual(_ left: Value, _ right: Value) -> Bool {
    switch (left, right) {
    case (.number(let a), .number(let b)): return a == b
    case (.string(let a), .string(let b)): return Text.same(a, b)
    case (.bool(let a), .bool(let b)): return a == b
    case (.null, .null), (.undefined, .undefined): return true
    case (.function(let a), .function(let b)): return a === b
    case (.inputArray(let a), .inputArray(let b)) where a == b: return true
    case (.inputObject(let a), .inputObject(let b)) where a == b: return true
    default: break
    }
    if left.isArray, right.isArray {
      let count = left.elementCount
      guard count == right.elementCount else { return false }
      for position in 0..<count where !deepEqual(left.element(position), right.element(position)) { return false }
      return true
    }
    guard left.isObject, right.isObject, left.memberCount == right.memberCount else { return false }
    var same = true
    left.forEachMember { name, value in
      if same { same = right.hasMember(name) && deepEqual(value, right.member(name)) }
    }
    return same
  }

  func hasMember(_ name: String) -> Bool {
    if case .undefined = member(name) { false } else { true }
  }

  /// JavaScript's `===`: containers are the same when they are one.
  static func identical(_ left: Value, _ right: Value) -> Bool {
    switch (left, right) {
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): Text.same(a, b)
    case (.bool(let a), .bool(let b)): a == b
    case (.null, .null), (.undefined, .undefined): true
    case (.function(let a), .function(let b)): a === b
    case (.array(let a), .array(let b)): a === b
    case (.object(let a), .object(let b)): a === b
    case (.inputArray(let a), .inputArray(let b)): a == b
    case (.inputObject(let a), .inputObject(let b)): a == b
    default: false
    }
  }

  /// The Boolean that a value counts as; nil when there is none.
  @inline(__always)
  func truth() throws -> Bool? {
    switch self {
    case .undefined, .unset: return nil
    case .bool(let value): return value
    default: return try slowTruth()
    }
  }

  @inline(never)
  private func slowTruth() throws -> Bool {
    switch self {
    case .string(let text): return !text.isEmpty
    case .number(let number): return number.isNaN ? false : try Numbers.finite(number) != 0
    case .object, .inputObject: return memberCount > 0
    case .array, .inputArray:
      for position in 0..<elementCount where try element(position).truth() == true { return true }
      return false
    case .bool(let value): return value
    default: return false
    }
  }

  /// The value as a condition.
  @inline(__always)
  func isTrue() throws -> Bool { try truth() == true }
}
