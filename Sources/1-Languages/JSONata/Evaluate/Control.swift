/// `condition ? then : otherwise`
final class ConditionNode: Node {
  let condition: Node
  let then: Node
  let otherwise: Node?

  init(_ condition: Node, _ then: Node, _ otherwise: Node?, _ position: Int) {
    self.condition = condition
    self.then = then
    self.otherwise = otherwise
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    if try condition.eval(machine, input, frame).isTrue() { return try then.eval(machine, input, frame) }
    guard let otherwise else { return .undefined }
    return try otherwise.eval(machine, input, frame)
  }
}

/// `left ?: right` and `left ?? right`
final class DefaultNode: Node {
  let left: Node
  let right: Node
  /// Only what is missing is replaced, not what is false.
  let coalesces: Bool

  init(_ left: Node, _ right: Node, coalesces: Bool, _ position: Int) {
    self.left = left
    self.right = right
    self.coalesces = coalesces
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let value = try left.eval(machine, input, frame)
    let keeps = coalesces ? !value.isUndefined : try value.isTrue()
    return keeps ? value : try right.eval(machine, input, frame)
  }
}

/// `(a; b; c)`, in a scope of its own when it assigns variables.
final class BlockNode: Node {
  let expressions: [Node]
  /// How many variables its scope has; nil when it needs none.
  let frameSize: Int?

  init(_ expressions: [Node], frameSize: Int?, _ position: Int) {
    self.expressions = expressions
    self.frameSize = frameSize
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let inner = frameSize.map { Frame(frame, $0) } ?? frame
    var result = Value.undefined
    for expression in expressions { result = try expression.eval(machine, input, inner) }
    return result
  }
}

/// `*`
final class WildcardNode: Node {
  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    var target = input
    if case .array(let items) = input, items.isOuterWrapper, items.count > 0 { target = items[0] }
    var results: ContiguousArray<Value> = []
    /// As in the reference, what an array has been appended to is no sequence any more.
    var isSequence = true
    func add(_ value: Value) {
      if value.isArray { isSequence = false }
      Self.add(value, &results)
    }
    if target.isArray {
      for position in 0..<target.elementCount { add(target.element(position)) }
    } else {
      target.forEachMember { add($1) }
    }
    try machine.account(results.count)
    try machine.tick(results.count)
    return .array(Items(results, sequence: isSequence))
  }

  private static func add(_ value: Value, _ results: inout ContiguousArray<Value>) {
    if value.isArray {
      for position in 0..<value.elementCount { add(value.element(position), &results) }
    } else {
      results.append(value)
    }
  }
}

/// `**`
final class DescendantNode: Node {
  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    if input.isUndefined { return .undefined }
    var results: ContiguousArray<Value> = []
    try Self.add(machine, input, &results)
    return results.count == 1 ? results[0] : .array(Items(results, sequence: true))
  }

  private static func add(_ machine: Machine, _ value: Value, _ results: inout ContiguousArray<Value>) throws {
    try machine.tick()
    if value.isArray {
      for position in 0..<value.elementCount { try add(machine, value.element(position), &results) }
      return
    }
    results.append(value)
    try machine.account(1)
    try value.forEachMember { try add(machine, $1, &results) }
  }
}

/// `/regular expression/`
final class RegexNode: Node {
  let matcher: RegexFunction

  init(_ regex: Regex, _ position: Int) {
    matcher = RegexFunction(regex, position)
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value { .function(matcher) }
}

/// `text ~> /regular expression/` where only whether it matches is asked.
final class RegexTestNode: Node {
  let text: Node
  let matcher: RegexFunction

  init(_ text: Node, _ matcher: RegexFunction, _ position: Int) {
    self.text = text
    self.matcher = matcher
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let value = try text.eval(machine, input, frame)
    guard case .string(let text) = value else { return try machine.call(matcher, [value], .undefined, frame) }
    return .bool(try matcher.regex.first(in: text, from: 0, machine) != nil)
  }
}
