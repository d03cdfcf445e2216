import JSON

/// `+ - * / %`
final class ArithmeticNode: Node {
  enum Kind: String {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case over = "/"
    case modulo = "%"
  }
  let kind: Kind
  let left: Node
  let right: Node

  init(_ kind: Kind, _ left: Node, _ right: Node, _ position: Int) {
    self.kind = kind
    self.left = left
    self.right = right
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let first = try left.eval(machine, input, frame)
    let second = try right.eval(machine, input, frame)
    guard case .number(let a) = first, case .number(let b) = second, a.isFinite, b.isFinite else {
      return try unusual(first, second)
    }
    return .number(result(a, b))
  }

  @inline(__always)
  private func result(_ a: Double, _ b: Double) -> Double {
    switch kind {
    case .plus: a + b
    case .minus: a - b
    case .times: a * b
    case .over: a / b
    case .modulo: a.truncatingRemainder(dividingBy: b)
    }
  }

  private func unusual(_ first: Value, _ second: Value) throws -> Value {
    try check(first, "T2001")
    try check(second, "T2002")
    return .undefined
  }

  private func check(_ value: Value, _ code: String) throws {
    switch value {
    case .undefined: return
    case .number(let number) where !number.isNaN:
      do { _ = try Numbers.finite(number) } catch var error as JSONataError {
        error.position = position
        error.token = kind.rawValue
        throw error
      }
    default: throw JSONataError(code, position: position, token: kind.rawValue, value: Output.json(value))
    }
  }
}

/// Unary minus.
final class NegateNode: Node {
  let operand: Node

  init(_ operand: Node, _ position: Int) {
    self.operand = operand
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    switch try operand.eval(machine, input, frame) {
    case .undefined: return .undefined
    case .number(let number) where !number.isNaN: return .number(-(try Numbers.finite(number)))
    case let other: throw JSONataError("D1002", position: position, token: "-", value: Output.json(other))
    }
  }
}

/// `=` and `!=`
final class EqualityNode: Node {
  let left: Node
  let right: Node
  let negated: Bool

  init(_ left: Node, _ right: Node, negated: Bool, _ position: Int) {
    self.left = left
    self.right = right
    self.negated = negated
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let first = try left.eval(machine, input, frame)
    let second = try right.eval(machine, input, frame)
    if first.isUndefined || second.isUndefined { return .bool(false) }
    return .bool(Value.deepEqual(first, second) != negated)
  }
}

/// `< <= > >=`
final class OrderNode: Node {
  enum Kind: String {
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }
  let kind: Kind
  let left: Node
  let right: Node

  init(_ kind: Kind, _ left: Node, _ right: Node, _ position: Int) {
    self.kind = kind
    self.left = left
    self.right = right
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let first = try left.eval(machine, input, frame)
    let second = try right.eval(machine, input, frame)
    switch (first, second) {
    case (.number(let a), .number(let b)): return .bool(holds(a, b))
    case (.string(let a), .string(let b)): return .bool(holds(Double(Text.compare(a, b)), 0))
    default: return try unusual(first, second)
    }
  }

  @inline(__always)
  private func holds(_ a: Double, _ b: Double) -> Bool {
    switch kind {
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }

  private func unusual(_ first: Value, _ second: Value) throws -> Value {
    func comparable(_ value: Value) -> Bool {
      switch value {
      case .undefined, .number, .string: true
      default: false
      }
    }
    guard comparable(first), comparable(second) else {
      let culprit = comparable(first) && !first.isUndefined ? second : first
      throw JSONataError("T2010", position: position, token: kind.rawValue, value: Output.json(culprit))
    }
    if first.isUndefined || second.isUndefined { return .undefined }
    var error = JSONataError("T2009", position: position, token: kind.rawValue, value: Output.json(first))
    error.value2 = Output.json(second)
    throw error
  }
}

/// `and` and `or`, which look at the right side only when it matters.
final class LogicNode: Node {
  let isAnd: Bool
  let left: Node
  let right: Node

  init(isAnd: Bool, _ left: Node, _ right: Node, _ position: Int) {
    self.isAnd = isAnd
    self.left = left
    self.right = right
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    if try left.eval(machine, input, frame).isTrue() != isAnd { return .bool(!isAnd) }
    return .bool(try right.eval(machine, input, frame).isTrue())
  }
}
