import JSON

/// What makes arrays of arrays.
enum Arrays {
  static let functions: [Builtin] = [
    Builtin("count", "<a:n>", arity: 1, .one { _, value in .number(value.isUndefined ? 0 : Double(value.elementCount)) }),
    Builtin(
      "append", "<xx:a>", arity: 2,
      .two { machine, first, second in
        if !first.isUndefined, !second.isUndefined { try machine.account(first.elementCount + second.elementCount) }
        return append(first, second)
      }),
    Builtin(
      "reverse", "<a:a>", arity: 1,
      .one { machine, value in
        if value.isUndefined || value.elementCount <= 1 { return value }
        try machine.account(value.elementCount)
        return .array(Items(ContiguousArray(stored(value).reversed())))
      }),
    Builtin(
      "shuffle", "<a:a>", arity: 1,
      .one { machine, value in
        if value.isUndefined || value.elementCount <= 1 { return value }
        try machine.account(value.elementCount)
        return .array(Items(shuffled(machine, stored(value))))
      }),
    Builtin("zip", "<a+>", arity: 0, .many { machine, arguments in try zip(machine, arguments.values) }),
    Builtin("distinct", "<x:x>", arity: 1, .one { machine, value in try distinct(machine, value) }),
    Builtin("sort", "<af?:a>", arity: 2, .many { machine, arguments in try sort(machine, arguments) }),
  ]

  /// The elements of an array, or the value as the only one.
  static func stored(_ value: Value) -> ContiguousArray<Value> {
    switch value {
    case .array(let items): items.stored
    case .inputArray: ContiguousArray((0..<value.elementCount).map { value.element($0) })
    default: [value]
    }
  }

  static func append(_ first: Value, _ second: Value) -> Value {
    if first.isUndefined { return second }
    if second.isUndefined { return first }
    return .array(Items(stored(first) + stored(second)))
  }

  /// All values appended to each other.
  static func append(all values: [Value]) -> Value {
    let present = values.filter { if case .unset = $0 { false } else { !$0.isUndefined } }
    guard present.count > 1 else { return present.first ?? .undefined }
    var joined: ContiguousArray<Value> = []
    for value in present { joined.append(contentsOf: stored(value)) }
    return .array(Items(joined))
  }

  private static func shuffled(_ machine: Machine, _ values: ContiguousArray<Value>) -> ContiguousArray<Value> {
    // The inside-out variant of the Fisher-Yates shuffle.
    var result = values
    for position in 0..<values.count {
      let other = max(0, min(position, Int(machine.sources.random() * Double(position + 1))))
      if position != other { result[position] = result[other] }
      result[other] = values[position]
    }
    return result
  }

  private static func zip(_ machine: Machine, _ arrays: ContiguousArray<Value>) throws -> Value {
    let count = arrays.map { $0.isArray ? $0.elementCount : 0 }.min() ?? 0
    try machine.account(count * (arrays.count + 1))
    try machine.tick(count)
    return .array(
      Items(
        ContiguousArray(
          (0..<count).map { position in
            .array(Items(ContiguousArray(arrays.map { $0.element(position) })))
          })))
  }

  private static func distinct(_ machine: Machine, _ value: Value) throws -> Value {
    guard value.isArray, value.elementCount > 1 else { return value }
    var texts: Set<ByteKey> = []
    var numbers: Set<Double> = []
    var others: [Value] = []
    var kept: ContiguousArray<Value> = []
    for position in 0..<value.elementCount {
      try machine.tick()
      let item = value.element(position)
      switch item {
      case .string(let text): if texts.insert(ByteKey(text: text)).inserted { kept.append(item) }
      case .number(let number): if number.isNaN || numbers.insert(number).inserted { kept.append(item) }
      default:
        try machine.tick(others.count)
        if others.contains(where: { Value.deepEqual($0, item) }) { continue }
        others.append(item)
        kept.append(item)
      }
    }
    var isSequence = false
    if case .array(let items) = value { isSequence = items.isSequence }
    return .array(Items(kept, sequence: isSequence))
  }

  private static func sort(_ machine: Machine, _ arguments: Builtin.Arguments) throws -> Value {
    let array = arguments[0]
    if array.isUndefined || array.elementCount <= 1 { return array }
    let values = Array(stored(array))
    try machine.account(values.count)
    if case .function(let comparator) = arguments[1] {
      let sorted = try MergeSort.sort(values) { scriptTruth(try machine.call(comparator, [$0, $1], .null, arguments.frame)) }
      return .array(Items(ContiguousArray(sorted)))
    }
    let numbers = values.compactMap { if case .number(let number) = $0 { number } else { nil } }
    if numbers.count == values.count { return .array(Items(ContiguousArray(numbers.sorted().map { .number($0) }))) }
    let texts = values.compactMap { if case .string(let text) = $0 { text } else { nil } }
    guard texts.count == values.count else { throw JSONataError("D3070", index: 1) }
    return .array(Items(ContiguousArray(texts.sorted { Text.precedes($0, $1) }.map { .string($0) })))
  }

  /// JavaScript's idea of truth, by which comparators decide.
  static func scriptTruth(_ value: Value) -> Bool {
    switch value {
    case .undefined, .unset, .null: false
    case .bool(let value): value
    case .number(let number): number != 0 && !number.isNaN
    case .string(let text): !text.isEmpty
    default: true
    }
  }
}
