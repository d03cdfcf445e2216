import JSON

/// A path of names only: `a.b.c`, the most frequent expression there is.
final class FieldPathNode: Node {
  private let names: UnsafeMutableBufferPointer<FieldName>
  private let keepSingleton: Bool

  init(_ names: [String], keepSingleton: Bool, _ position: Int) {
    self.names = .allocate(capacity: names.count)
    _ = self.names.initialize(from: names.map { FieldName($0) })
    self.keepSingleton = keepSingleton
    super.init(position)
  }

  deinit {
    names.deinitialize()
    names.deallocate()
  }

  override var inner: Int { 1 }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    var current = input
    var step = 0
    // As long as there are objects only.
    while true {
      let result: Value
      switch current {
      case .inputObject(let place):
        var hint = 0
        let found = Value.find(names[step], in: Value.members(place), of: place, hint: &hint)
        result = found.map { Value(at: $0) } ?? .undefined
      case .object(let record): result = record[names[step].text]
      case .array, .inputArray: return try spread(machine, current, step)
      default: return .undefined
      }
      step += 1
      if step == names.count { return end(result) }
      current = result
    }
  }

  @inline(__always)
  private func end(_ result: Value) -> Value {
    if keepSingleton { return kept(result) }
    return result
  }

  private func kept(_ result: Value) -> Value {
    switch result {
    case .undefined: return result
    case .array(let items):
      if !items.isSequence {
        guard items.isConstructed else { return result }
      }
      let sequence = Items(items.isConstructed ? [result] : items.stored, sequence: true)
      sequence.keepSingleton = true
      return .array(sequence)
    case .inputArray: return result
    default:
      let sequence = Items([result], sequence: true)
      sequence.keepSingleton = true
      return .array(sequence)
    }
  }

  /// The rest of the path for every element of an array.
  private func spread(_ machine: Machine, _ array: Value, _ step: Int) throws -> Value {
    var sink = Sink()
    if step > 0 || array.elementCount < 1_000 { sink.reserve(array.elementCount) }
    try withUnsafeTemporaryAllocation(of: Int.self, capacity: names.count) { hints in
      hints.initialize(repeating: 0)
      try each(machine, array, step, hints, &sink)
    }
    switch sink.outcome(isLast: true) {
    case .empty: return .undefined
    case .one(let value): return keepSingleton ? kept(value) : value
    case .array(let value):
      if case .array(let items) = value, items.isSequence {
        let sequence = Items(items.stored, sequence: true)
        sequence.keepSingleton = keepSingleton
        return .array(sequence)
      }
      return keepSingleton ? kept(value) : value
    case .many(let values):
      try machine.account(values.count)
      let sequence = Items(values, sequence: true)
      sequence.keepSingleton = keepSingleton
      return .array(sequence)
    }
  }

  private func each(
    _ machine: Machine, _ array: Value, _ step: Int, _ hints: UnsafeMutableBufferPointer<Int>, _ sink: inout Sink
  ) throws {
    switch array {
    case .inputArray(let place):
      let elements = Value.elements(place)
      guard let base = elements.baseAddress else { return }
      try machine.tick(elements.count)
      for position in 0..<elements.count { try descend(machine, at: base + position, step, hints, &sink) }
    case .array(let items):
      try machine.tick(items.count)
      for position in 0..<items.count { try descend(machine, items[position], step, hints, &sink) }
    default: break
    }
  }

  /// The rest of the path for a value of the input.
  private func descend(
    _ machine: Machine, at item: UnsafePointer<JSONValue>, _ step: Int, _ hints: UnsafeMutableBufferPointer<Int>, _ sink: inout Sink
  ) throws {
    var place = item
    var step = step
    while true {
      let members = Value.members(place)
      if members.count == 0 {
        // No object, or one without members.
        return try descend(machine, Value(at: place), step, hints, &sink)
      }
      guard let found = Value.find(names[step], in: members, of: place, hint: &hints[step]) else { return }
      step += 1
      if step == names.count { return sink.add(Value(at: found)) }
      place = found
      if case .inputArray = Value(at: found) { return try each(machine, .inputArray(found), step, hints, &sink) }
    }
  }

  private func descend(
    _ machine: Machine, _ item: Value, _ step: Int, _ hints: UnsafeMutableBufferPointer<Int>, _ sink: inout Sink
  ) throws {
    let result: Value
    switch item {
    case .inputObject(let place): return Value.members(place).isEmpty ? () : try descend(machine, at: place, step, hints, &sink)
    case .object(let record): result = record[names[step].text]
    case .array, .inputArray: result = Lookup.inArray(item, names[step].text)
    default: return
    }
    if step + 1 == names.count { return sink.add(result) }
    if result.isArray { return try each(machine, result, step + 1, hints, &sink) }
    try descend(machine, result, step + 1, hints, &sink)
  }
}

/// `$lookup`, which is also what a name does.
enum Lookup {
  static func find(_ value: Value, _ name: String) -> Value {
    value.isArray ? inArrayRaw(value, name) : value.member(name)
  }

  /// The member of every element, settled as the value of an expression.
  static func inArray(_ array: Value, _ name: String) -> Value {
    guard case .array(let items) = inArrayRaw(array, name) else { return .undefined }
    return items.settled(keepingArray: false)
  }

  private static func inArrayRaw(_ array: Value, _ name: String) -> Value {
    var found: ContiguousArray<Value> = []
    collect(array, name, &found)
    return .array(Items(found, sequence: true))
  }

  private static func collect(_ array: Value, _ name: String, _ found: inout ContiguousArray<Value>) {
    for position in 0..<array.elementCount {
      let element = array.element(position)
      if element.isArray {
        collect(element, name, &found)
        continue
      }
      let result = element.member(name)
      switch result {
      case .undefined: break
      case .array, .inputArray: for place in 0..<result.elementCount { found.append(result.element(place)) }
      default: found.append(result)
      }
    }
  }
}

/// `$variable.a.b`
final class ThenFieldsNode: Node {
  private let first: Node
  private let fields: FieldPathNode

  init(_ first: Node, _ fields: FieldPathNode, _ position: Int) {
    self.first = first
    self.fields = fields
    super.init(position)
  }

  override var inner: Int { 1 }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    try fields.run(machine, try first.eval(machine, input, frame), frame)
  }
}
