/// A path in which steps bind variables (`@`, `#`) or keep what `%` means: each item carries its variables along.
final class TuplePathNode: Node {
  final class TupleStep {
    let node: Node
    let filters: [Filter]
    let sort: SortNode?
    let focus: String?
    let index: String?
    let ancestor: String?
    let isTuple: Bool
    let isArray: Bool

    init(
      _ node: Node, _ filters: [Filter], _ sort: SortNode?, focus: String?, index: String?, ancestor: String?, isTuple: Bool, isArray: Bool
    ) {
      self.node = node
      self.filters = filters
      self.sort = sort
      self.focus = focus
      self.index = index
      self.ancestor = ancestor
      self.isTuple = isTuple
      self.isArray = isArray
    }
  }

  let steps: [TupleStep]
  /// The variables of the tuples.
  let names: [String]
  private let slots: [String: Int]
  /// The path is part of another one that needs the tuples.
  let yieldsTuples: Bool
  let keepSingleton: Bool
  let isAbsolute: Bool
  let group: GroupNode?

  init(
    _ steps: [TupleStep], _ names: [String], yieldsTuples: Bool, keepSingleton: Bool, isAbsolute: Bool, _ group: GroupNode?, _ position: Int
  ) {
    self.steps = steps
    self.names = names
    slots = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    self.yieldsTuples = yieldsTuples
    self.keepSingleton = keepSingleton
    self.isAbsolute = isAbsolute
    self.group = group
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    var sequence = input.isArray && !isAbsolute ? input : Value.array(Items([input], sequence: true))
    var tuples: ContiguousArray<Frame>?
    var started = false
    for (position, step) in steps.enumerated() {
      if step.isTuple { started = true }
      if position == 0, step.isArray {
        sequence = try step.node.eval(machine, sequence, frame)
      } else if started {
        tuples = try advance(machine, step, sequence, tuples, frame)
      } else {
        sequence = try plain(machine, step, sequence, position == steps.count - 1, frame)
      }
      if !started, sequence.isUndefined || (sequence.isArray && sequence.elementCount == 0) { break }
    }
    return try end(machine, started ? tuples ?? [] : nil, sequence, frame)
  }

  private func end(_ machine: Machine, _ tuples: ContiguousArray<Frame>?, _ sequence: Value, _ frame: Frame) throws -> Value {
    if let tuples, let group { return try group.group(machine, tuples: tuples, names, frame) }
    var result = sequence
    if let tuples {
      if yieldsTuples {
        let items = Items(ContiguousArray(tuples.map { .function(TupleBox($0)) }), sequence: true)
        items.tuples = names
        return .array(items)
      }
      result = .array(Items(ContiguousArray(tuples.map(\.context)), sequence: true))
    }
    if keepSingleton, case .array(let items) = result {
      if items.isConstructed, !items.isSequence { result = .array(Items([result], sequence: true)) }
      if case .array(let items) = result { items.keepSingleton = true }
    }
    // Nothing came as far as the first tuple; the group's variables are of their scope all the same.
    if let group { return try group.group(machine, result, Frame(frame, names.count)) }
    return result
  }

  /// A step before the first that makes tuples.
  private func plain(_ machine: Machine, _ step: TupleStep, _ input: Value, _ isLast: Bool, _ frame: Frame) throws -> Value {
    if let sort = step.sort {
      var result = try sort.sort(machine, input, frame)
      for filter in step.filters { result = try filter.apply(machine, result, frame) }
      return result
    }
    var sink = Sink()
    for position in 0..<input.elementCount {
      try machine.tick()
      var result = try step.node.eval(machine, input.element(position), frame)
      for filter in step.filters { result = try filter.apply(machine, result, frame) }
      sink.add(result)
    }
    switch sink.outcome(isLast: isLast) {
    case .empty: return .array(Items([], sequence: true))
    case .one(let value): return .array(Items([value], sequence: true))
    case .many(let values): return .array(Items(values, sequence: true))
    case .array(let array):
      if isLast { if case .array(let items) = array, items.isSequence {} else { return array } }
      return .array(Items(ContiguousArray((0..<array.elementCount).map { array.element($0) }), sequence: true))
    }
  }

  private func tuple(_ context: Value, from other: Frame?, _ parent: Frame) -> Frame {
    let tuple = Frame(parent, names.count)
    if let other { for slot in 0..<names.count { tuple[slot] = other[slot] } }
    tuple.context = context
    return tuple
  }

  private func advance(
    _ machine: Machine, _ step: TupleStep, _ input: Value, _ before: ContiguousArray<Frame>?, _ frame: Frame
  ) throws -> ContiguousArray<Frame> {
    var result: ContiguousArray<Frame> = []
    if let sort = step.sort {
      if let before {
        result = try sort.sort(machine, tuples: before)
      } else {
        let sorted = try sort.sort(machine, input, frame)
        for position in 0..<sorted.elementCount {
          let tuple = tuple(sorted.element(position), from: nil, frame)
          if let index = step.index, let slot = slots[index] { tuple[slot] = .number(Double(position)) }
          result.append(tuple)
        }
      }
      return try filtered(machine, step, result)
    }
    let before = before ?? ContiguousArray((0..<input.elementCount).map { tuple(input.element($0), from: nil, frame) })
    for tuple in before {
      try machine.tick()
      let value = try step.node.eval(machine, tuple.context, tuple)
      if value.isUndefined { continue }
      for position in 0..<value.elementCount { result.append(next(step, tuple, value, position, frame)) }
      try machine.account(value.elementCount)
    }
    return try filtered(machine, step, result)
  }

  /// The tuple of one result of a step.
  private func next(_ step: TupleStep, _ before: Frame, _ value: Value, _ position: Int, _ frame: Frame) -> Frame {
    let next = tuple(before.context, from: before, frame)
    let element = value.element(position)
    if case .array(let items) = value, let inner = items.tuples {
      if case .function(let box as TupleBox) = element {
        next.context = box.tuple.context
        for (slot, name) in inner.enumerated() {
          if let target = slots[name] { if case .unset = box.tuple[slot] {} else { next[target] = box.tuple[slot] } }
        }
      }
      return next
    }
    if let focus = step.focus, let slot = slots[focus] { next[slot] = element } else { next.context = element }
    if let index = step.index, let slot = slots[index] { next[slot] = .number(Double(position)) }
    if let ancestor = step.ancestor, let slot = slots[ancestor] { next[slot] = before.context }
    return next
  }

  private func filtered(_ machine: Machine, _ step: TupleStep, _ tuples: ContiguousArray<Frame>) throws -> ContiguousArray<Frame> {
    var tuples = tuples
    for filter in step.filters {
      switch filter.kind {
      case .index(let name):
        if let slot = slots[name] { for (position, tuple) in tuples.enumerated() { tuple[slot] = .number(Double(position)) } }
      case .position(let number):
        let index = Filter.index(number, tuples.count)
        tuples = index >= 0 && index < tuples.count ? [tuples[index]] : []
      case .condition(let node):
        var passed: ContiguousArray<Frame> = []
        for (position, tuple) in tuples.enumerated() {
          try machine.tick()
          let result = try node.eval(machine, tuple.context, tuple)
          try Filter.decide(result, tuple.context, position, tuples.count) { _ in passed.append(tuple) }
        }
        tuples = passed
      }
    }
    return tuples
  }
}

/// A tuple where a value is needed.
final class TupleBox: Function {
  let tuple: Frame

  init(_ tuple: Frame) {
    self.tuple = tuple
    super.init(arity: 0)
  }
}
