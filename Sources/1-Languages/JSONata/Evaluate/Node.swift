/// A part of a compiled expression. Nodes do not change once they are made.
class Node {
  /// The `[]` after it: a sequence of one stays an array.
  var keepArray = false
  /// Where errors say it is.
  let position: Int

  init(_ position: Int) { self.position = position }

  /// The value before sequences are settled.
  func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value { .undefined }

  /// How many evaluations are nested in this one that have no node of their own.
  var inner: Int { 0 }

  /// The value of the expression.
  @inline(__always)
  final func eval(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    if machine.isMetered { return try metered(machine, input, frame) }
    let value = try run(machine, input, frame)
    return try settle(value)
  }

  @inline(__always)
  final func settle(_ value: Value) throws -> Value {
    switch value {
    case .array(let items):
      if items.depth > JSONata.Limits.deepestValue { throw Machine.nestedTooDeep }
      return items.isSequence ? items.settled(keepingArray: keepArray) : value
    case .object(let record):
      if record.depth > JSONata.Limits.deepestValue { throw Machine.nestedTooDeep }
      return value
    default: return value
    }
  }

  @inline(never)
  private func metered(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    machine.depth += 1
    defer { machine.depth -= 1 }
    try machine.checkDepth(inner)
    return try settle(try run(machine, input, frame))
  }
}

/// A literal, or what is known when the expression is compiled.
final class ConstantNode: Node {
  let value: Value

  init(_ value: Value, _ position: Int) {
    self.value = value
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value { value }
}

/// `$`
final class ContextNode: Node {
  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    if case .array(let items) = input, items.isOuterWrapper { return items[0] }
    return input
  }
}

/// A predicate or group after something that is no step of a path.
final class FilteredNode: Node {
  let base: Node
  let filters: [Filter]
  let group: GroupNode?
  /// The variables of the tuples that the base may give.
  let tupleNames: [String]?

  init(_ base: Node, _ filters: [Filter], _ group: GroupNode?, _ tupleNames: [String]?) {
    self.base = base
    self.filters = filters
    self.group = group
    self.tupleNames = tupleNames
    super.init(base.position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    var value = try base.run(machine, input, frame)
    let inner = tupleNames.map { Frame(frame, $0.count) } ?? frame
    for filter in filters {
      if case .array(let items) = value, let names = items.tuples, let mine = tupleNames {
        value = try tuples(machine, filter, items, names, mine, frame)
      } else {
        value = try filter.apply(machine, value, inner)
      }
    }
    if let group { value = try group.group(machine, value, inner) }
    return value
  }

  private func tuples(
    _ machine: Machine, _ filter: Filter, _ items: Items, _ names: [String], _ mine: [String], _ frame: Frame
  ) throws -> Value {
    var passed: ContiguousArray<Value> = []
    for position in 0..<items.count {
      guard case .function(let box as TupleBox) = items[position] else { continue }
      switch filter.kind {
      case .position(let number): if Filter.index(number, items.count) == position { passed.append(items[position]) }
      case .index: passed.append(items[position])
      case .condition(let node):
        let tuple = Frame(frame, mine.count)
        for (slot, name) in names.enumerated() { if let target = mine.firstIndex(of: name) { tuple[target] = box.tuple[slot] } }
        let result = try node.eval(machine, box.tuple.context, tuple)
        try Filter.decide(result, box.tuple.context, position, items.count) { _ in passed.append(items[position]) }
      }
    }
    let result = Items(passed, sequence: true)
    result.tuples = names
    return .array(result)
  }
}
