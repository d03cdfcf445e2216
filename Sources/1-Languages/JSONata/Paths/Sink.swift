/// Collects the results of a step: arrays are flattened by one level, except the only result of a last step.
struct Sink {
  private(set) var values: ContiguousArray<Value> = []
  private var results = 0
  /// The first result, when it is an array: not flattened until there is another.
  private var only: Value = .undefined

  @inline(__always)
  mutating func add(_ result: Value) {
    switch result {
    case .undefined: return
    case .array, .inputArray: addArray(result)
    default:
      if results == 1 { flush() }
      results += 1
      values.append(result)
    }
  }

  @inline(never)
  private mutating func addArray(_ result: Value) {
    if results == 0 {
      only = result
      results = 1
      return
    }
    if results == 1 { flush() }
    results += 1
    append(result)
  }

  private mutating func flush() {
    if case .undefined = only { return }
    append(only)
    only = .undefined
  }

  private mutating func append(_ array: Value) {
    switch array {
    case .array(let items):
      if items.isConstructed { values.append(array) } else { values.append(contentsOf: items.stored) }
    case .inputArray(let place):
      let elements = Value.elements(place)
      guard let base = elements.baseAddress else { return }
      values.reserveCapacity(values.count + elements.count)
      for position in 0..<elements.count { values.append(Value(at: base + position)) }
    default: values.append(array)
    }
  }

  mutating func reserve(_ count: Int) { values.reserveCapacity(count) }

  /// What the results are together.
  enum Outcome {
    case empty
    case one(Value)
    /// More than one value.
    case many(ContiguousArray<Value>)
    /// An array that was the only result, unflattened.
    case array(Value)
  }

  mutating func outcome(isLast: Bool) -> Outcome {
    switch only {
    case .array(let items) where items.isConstructed && !isLast: return .one(only)
    case .array, .inputArray: return .array(only)
    default: break
    }
    switch values.count {
    case 0: return .empty
    case 1: return .one(values[0])
    default: return .many(values)
    }
  }
}
