/// A step of a path.
final class Step {
  let node: Node
  /// The name, when the step is only that.
  let name: String?
  let filters: [Filter]
  let sort: SortNode?
  /// The only filter, when it is a condition.
  let condition: Node?

  init(_ node: Node, name: String?, _ filters: [Filter], _ sort: SortNode?) {
    self.node = node
    self.name = name
    self.filters = filters
    self.sort = sort
    if filters.count == 1, case .condition(let node) = filters[0].kind { condition = node } else { condition = nil }
  }
}

/// A path of any steps without tuples.
final class PathNode: Node {
  let steps: [Step]
  let keepSingleton: Bool
  /// The first step is an array constructor, which is not repeated for every element of the context.
  let startsWithArray: Bool
  /// The first step is a variable: the context is one value even when it is an array.
  let isAbsolute: Bool
  let group: GroupNode?

  init(_ steps: [Step], keepSingleton: Bool, startsWithArray: Bool, isAbsolute: Bool, _ group: GroupNode?, _ position: Int) {
    self.steps = steps
    self.keepSingleton = keepSingleton
    self.startsWithArray = startsWithArray
    self.isAbsolute = isAbsolute
    self.group = group
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    var current: Sink.Outcome = input.isArray && !isAbsolute ? .array(input) : .one(input)
    for index in 0..<steps.count {
      let step = steps[index]
      if index == 0, startsWithArray {
        let result = try step.node.eval(machine, Self.array(of: current), frame)
        current = result.isUndefined ? .empty : .array(result)
      } else if let sort = step.sort {
        var result = try sort.sort(machine, Self.array(of: current), frame)
        for filter in step.filters { result = try filter.apply(machine, result, frame) }
        current = .array(result)
      } else {
        current = try self.step(machine, step, current, isLast: index == steps.count - 1, frame)
      }
      if case .empty = current { break }
      if case .array(let array) = current, array.isArray, array.elementCount == 0 {
        // An array that is a result is flattened away, but not at the end.
        if index < steps.count - 1, step.sort == nil, index > 0 || !startsWithArray { current = .empty }
        break
      }
    }
    return try end(machine, current, frame)
  }

  private static func array(of current: Sink.Outcome) -> Value {
    switch current {
    case .empty: .array(Items([], sequence: true))
    case .one(let value): .array(Items([value], sequence: true))
    case .many(let values): .array(Items(values, sequence: true))
    case .array(let array): array
    }
  }

  private func end(_ machine: Machine, _ current: Sink.Outcome, _ frame: Frame) throws -> Value {
    var result: Value
    switch current {
    case .empty: result = keepSingleton || group != nil ? Self.array(of: current) : .undefined
    case .one(let value): result = keepSingleton || group != nil ? Self.array(of: current) : value
    case .many(let values):
      try machine.account(values.count)
      result = .array(Items(values, sequence: true))
    case .array(let array): result = array
    }
    if keepSingleton, case .array(let items) = result {
      if items.isConstructed, !items.isSequence { result = .array(Items([result], sequence: true)) }
      if case .array(let items) = result { items.keepSingleton = true }
    }
    if let group { return try group.group(machine, result, frame) }
    return result
  }

  /// Evaluates the step for every item.
  private func step(_ machine: Machine, _ step: Step, _ current: Sink.Outcome, isLast: Bool, _ frame: Frame) throws -> Sink.Outcome {
    var sink = Sink()
    switch current {
    case .empty: break
    case .one(let item): try item1(machine, step, item, frame, &sink)
    case .many(let values):
      sink.reserve(values.count)
      for item in values { try item1(machine, step, item, frame, &sink) }
    case .array(.inputArray(let place)):
      let elements = Value.elements(place)
      if let base = elements.baseAddress {
        sink.reserve(elements.count)
        for position in 0..<elements.count { try item1(machine, step, Value(at: base + position), frame, &sink) }
      }
    case .array(.array(let items)):
      sink.reserve(min(items.count, 4_096))
      for position in 0..<items.count { try item1(machine, step, items[position], frame, &sink) }
    case .array(let value): try item1(machine, step, value, frame, &sink)
    }
    var outcome = sink.outcome(isLast: isLast)
    if case .many(let values) = outcome { try machine.account(values.count) }
    // A sequence is flattened even when it is the only result.
    if case .array(.array(let items)) = outcome, items.isSequence {
      switch items.count {
      case 0: outcome = .empty
      case 1: outcome = .one(items[0])
      default: outcome = .many(items.stored)
      }
    }
    return outcome
  }

  @inline(__always)
  private func item1(_ machine: Machine, _ step: Step, _ item: Value, _ frame: Frame, _ sink: inout Sink) throws {
    try machine.tick()
    var result: Value
    if let name = step.name {
      try machine.checkDepth(1)
      result = item.isArray ? Lookup.inArray(item, name) : item.member(name)
    } else {
      result = try step.node.eval(machine, item, frame)
    }
    if step.filters.isEmpty {
      sink.add(result)
    } else if let condition = step.condition {
      try filtered(machine, step, condition, result, frame, &sink)
    } else {
      for filter in step.filters { result = try filter.apply(machine, result, frame) }
      sink.add(result)
    }
  }

  /// A single condition after the step: what passes goes on at once.
  private func filtered(
    _ machine: Machine, _ step: Step, _ condition: Node, _ result: Value, _ frame: Frame, _ sink: inout Sink
  ) throws {
    var passed: ContiguousArray<Value> = []
    if case .undefined = result {
      try step.filters[0].each(machine, condition, .undefined, frame) { passed.append($0) }
    } else {
      try step.filters[0].each(machine, condition, result, frame) { passed.append($0) }
    }
    sink.add(.array(Items(passed, sequence: true)))
  }
}

/// A name that stands alone as a step; within paths it is looked up directly.
final class NameNode: Node {
  let name: String

  init(_ name: String, _ position: Int) {
    self.name = name
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value { Lookup.find(input, name) }
}
