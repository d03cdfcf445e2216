import JSON

/// `&`
final class ConcatenationNode: Node {
  let parts: [Node]

  init(_ parts: [Node], _ position: Int) {
    self.parts = parts
    super.init(position)
  }

  /// A chain of `&` is one node here, evaluated one in the other there.
  override var inner: Int { parts.count - 2 }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    var text = ""
    for part in parts {
      switch try part.eval(machine, input, frame) {
      case .string(let more): text += more
      case .undefined: break
      case .number(let number) where number.isFinite: text += Numbers.text(number)
      case let value: text += try string(value)
      }
    }
    try machine.account(text: text.utf8.count)
    return .string(text)
  }

  private func string(_ value: Value) throws -> String {
    do { return try Strings.string(value) } catch var error as JSONataError {
      error.position = position
      error.token = "&"
      throw error
    }
  }
}

/// `a..b`
final class RangeNode: Node {
  let left: Node
  let right: Node

  init(_ left: Node, _ right: Node, _ position: Int) {
    self.left = left
    self.right = right
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let first = try left.eval(machine, input, frame)
    let last = try right.eval(machine, input, frame)
    let low = try integer(first, "T2003")
    let high = try integer(last, "T2004")
    guard let low, let high, low <= high else { return .undefined }
    let size = high - low + 1
    if size > 1e7 { throw JSONataError("D2014", position: position, token: "..", value: Output.json(size)) }
    return .array(Items(range: low, count: Int(size)))
  }

  private func integer(_ value: Value, _ code: String) throws -> Double? {
    switch value {
    case .undefined: return nil
    case .number(let number) where number.isFinite && number == number.rounded(): return number
    default: throw JSONataError(code, position: position, token: "..", value: Output.json(value))
    }
  }
}

/// `in`
final class MembershipNode: Node {
  let left: Node
  let right: Node

  init(_ left: Node, _ right: Node, _ position: Int) {
    self.left = left
    self.right = right
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let item = try left.eval(machine, input, frame)
    let array = try right.eval(machine, input, frame)
    if item.isUndefined || array.isUndefined { return .bool(false) }
    guard array.isArray else { return .bool(Value.identical(array, item)) }
    let count = array.elementCount
    try machine.tick(count)
    for position in 0..<count where Value.identical(array.element(position), item) { return .bool(true) }
    return .bool(false)
  }
}

/// `[a, b]`
final class ArrayNode: Node {
  let items: [Node]
  /// Which items are array constructors themselves: these stay arrays.
  let nested: [Bool]
  /// It is a step of a path.
  let isStep: Bool

  init(_ items: [Node], nested: [Bool], isStep: Bool, _ position: Int) {
    self.items = items
    self.nested = nested
    self.isStep = isStep
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    if items.count == 1, !isStep, let range = items[0] as? RangeNode, !machine.isMetered {
      // Numbers that nobody may ever look at are not stored.
      if case .array(let numbers) = try range.run(machine, input, frame), let (first, count) = numbers.range {
        let array = Items(range: first, count: count)
        array.isSequence = false
        return .array(array)
      }
      return .array(Items([]))
    }
    var values: ContiguousArray<Value> = []
    values.reserveCapacity(items.count)
    for position in 0..<items.count {
      let value = try items[position].eval(machine, input, frame)
      switch value {
      case .undefined: break
      case .array(let array) where !nested[position]: values.append(contentsOf: array.stored)
      case .inputArray where !nested[position]:
        for place in 0..<value.elementCount { values.append(value.element(place)) }
      default: values.append(value)
      }
    }
    try machine.account(values.count)
    let array = Items(values)
    array.isConstructed = isStep
    return .array(array)
  }
}
