/// A predicate: a position, or a condition.
final class Filter {
  enum Kind {
    case position(Double)
    case condition(Node)
    /// `#$name` after a predicate: the position in the tuples so far.
    case index(String)
  }
  let kind: Kind

  init(_ kind: Kind) { self.kind = kind }

  /// What passes, a sequence, or the array at the position.
  func apply(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    switch kind {
    case .position(let number):
      let count = count(input)
      let index = Filter.index(number, count)
      guard index >= 0, index < count else { return .array(Items([], sequence: true)) }
      let item = input.element(index)
      return item.isArray ? item : .array(Items(item.isUndefined ? [] : [item], sequence: true))
    case .condition(let node):
      var passed: ContiguousArray<Value> = []
      try each(machine, node, input, frame) { passed.append($0) }
      try machine.account(passed.count)
      return .array(Items(passed, sequence: true))
    case .index: return input
    }
  }

  @inline(__always)
  private func count(_ input: Value) -> Int { input.elementCount }

  @inline(__always)
  static func index(_ number: Double, _ count: Int) -> Int {
    let floor = Numbers.clampedInt(number.rounded(.down))
    return floor < 0 ? count + floor : floor
  }

  /// Hands over each element for which the condition holds or is its position.
  @inline(__always)
  func each(_ machine: Machine, _ node: Node, _ input: Value, _ frame: Frame, _ body: (Value) throws -> Void) throws {
    switch input {
    case .inputArray(let place):
      let elements = Value.elements(place)
      guard let base = elements.baseAddress else { return }
      for position in 0..<elements.count {
        try machine.tick()
        let item = Value(at: base + position)
        try Self.decide(try node.eval(machine, item, frame), item, position, elements.count, body)
      }
    case .array(let items):
      let count = items.count
      for position in 0..<count {
        try machine.tick()
        let item = items[position]
        try Self.decide(try node.eval(machine, item, frame), item, position, count, body)
      }
    default:
      try Self.decide(try node.eval(machine, input, frame), input, 0, 1, body)
    }
  }

  @inline(__always)
  static func decide(_ result: Value, _ item: Value, _ position: Int, _ count: Int, _ body: (Value) throws -> Void) throws {
    switch result {
    case .bool(let passes): if passes { try body(item) }
    case .undefined: break
    case .number(let number):
      if number.isNaN { break }
      if index(try Numbers.finite(number), count) == position { try body(item) }
    case .array, .inputArray:
      if try !positions(result, item, position, count, body), try result.isTrue() { try body(item) }
    default: if try result.isTrue() { try body(item) }
    }
  }

  /// The array as positions, when it has numbers only.
  private static func positions(
    _ result: Value, _ item: Value, _ position: Int, _ count: Int, _ body: (Value) throws -> Void
  ) throws -> Bool {
    let length = result.elementCount
    for place in 0..<length {
      guard case .number(let number) = result.element(place), !number.isNaN else { return false }
      _ = try Numbers.finite(number)
    }
    for place in 0..<length {
      if case .number(let number) = result.element(place), index(number, count) == position { try body(item) }
    }
    return true
  }
}
