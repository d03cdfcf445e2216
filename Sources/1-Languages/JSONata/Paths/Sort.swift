import JSON

/// The order-by clause of a path.
final class SortNode {
  struct Term {
    let descending: Bool
    let node: Node
  }
  let terms: [Term]
  let position: Int

  init(_ terms: [Term], _ position: Int) {
    self.terms = terms
    self.position = position
  }

  /// An item with its keys, which are evaluated when they are needed.
  private final class Entry {
    let item: Value
    let context: Value
    let frame: Frame
    let place: Int
    var keys: [Value] = []

    init(_ item: Value, _ context: Value, _ frame: Frame, _ place: Int) {
      self.item = item
      self.context = context
      self.frame = frame
      self.place = place
    }
  }

  func sort(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let count = input.elementCount
    // What is sorted is an array, but a single item stays a sequence.
    guard count > 1 else { return .array(Items(Arrays.stored(input), sequence: true)) }
    try machine.account(count)
    if terms.count <= 2, let sorted = try fast(machine, input, frame) { return sorted }
    var entries: [Entry] = []
    entries.reserveCapacity(count)
    for position in 0..<count {
      let item = input.element(position)
      entries.append(Entry(item, item, frame, position))
    }
    return .array(Items(ContiguousArray(try sorted(machine, entries).map(\.item))))
  }

  func sort(_ machine: Machine, tuples: ContiguousArray<Frame>) throws -> ContiguousArray<Frame> {
    let entries = tuples.enumerated().map { Entry(.undefined, $1.context, $1, $0) }
    guard entries.count > 1 else { return tuples }
    return ContiguousArray(try sorted(machine, entries).map(\.frame))
  }

  private func sorted(_ machine: Machine, _ entries: [Entry]) throws -> [Entry] {
    try MergeSort.sort(entries) {
      try machine.tick(); return try self.follows(machine, $0, $1)
    }
  }

  private func key(_ machine: Machine, _ entry: Entry, _ term: Int) throws -> Value {
    while entry.keys.count <= term { entry.keys.append(try terms[entry.keys.count].node.eval(machine, entry.context, entry.frame)) }
    return entry.keys[term]
  }

  /// Whether the first has to come after the second.
  private func follows(_ machine: Machine, _ a: Entry, _ b: Entry) throws -> Bool {
    for term in terms.indices {
      let order = try compare(try key(machine, a, term), try key(machine, b, term))
      if order == 0 { continue }
      return order == 2 ? true : order == -2 ? false : (order > 0) != terms[term].descending
    }
    return false
  }

  /// -1, 0 or 1; 2 and -2 where one is missing, which comes last in either direction.
  private func compare(_ a: Value, _ b: Value) throws -> Int {
    switch (a, b) {
    case (.number(let x), .number(let y)): return x == y ? 0 : x < y ? -1 : 1
    case (.string(let x), .string(let y)): return Text.compare(x, y).signum()
    case (.undefined, .undefined): return 0
    case (.undefined, _): return 2
    case (_, .undefined): return -2
    case (.number, .string), (.string, .number):
      var error = JSONataError("T2007", position: position, value: Output.json(a))
      error.value2 = Output.json(b)
      throw error
    default:
      let isFirst = if case .number = a { false } else if case .string = a { false } else { true }
      throw JSONataError("T2008", position: position, value: Output.json(isFirst ? a : b))
    }
  }
}

extension SortNode {
  /// A key of numbers or short texts as a machine word and the rest.
  private struct Keyed {
    var number: Double
    var place: Int32
  }

  /// Sorts by a number first, when all items have one; ties by the second term. Nil when the keys are of another kind.
  private func fast(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value? {
    let count = input.elementCount
    guard count < Int(Int32.max) else { return nil }
    var keys: [Keyed] = []
    keys.reserveCapacity(count)
    for position in 0..<count {
      try machine.tick()
      guard case .number(let number) = try terms[0].node.eval(machine, input.element(position), frame), !number.isNaN else { return nil }
      keys.append(Keyed(number: terms[0].descending ? -number : number, place: Int32(position)))
    }
    keys.sort { $0.number != $1.number ? $0.number < $1.number : $0.place < $1.place }
    if terms.count == 2 {
      var start = 0
      while start < count {
        var end = start + 1
        while end < count, keys[end].number == keys[start].number { end += 1 }
        if end - start > 1 { try settleTies(machine, input, frame, &keys, start..<end) }
        start = end
      }
    }
    var values = ContiguousArray<Value>()
    values.reserveCapacity(count)
    for key in keys { values.append(input.element(Int(key.place))) }
    return .array(Items(values))
  }

  private func settleTies(_ machine: Machine, _ input: Value, _ frame: Frame, _ keys: inout [Keyed], _ range: Range<Int>) throws {
    var entries: [(key: Value, place: Keyed)] = []
    for place in range {
      entries.append((try terms[1].node.eval(machine, input.element(Int(keys[place].place)), frame), keys[place]))
    }
    let descending = terms[1].descending
    let sorted = try MergeSort.sort(entries) {
      try machine.tick()
      let order = try self.compare($0.key, $1.key)
      return order == 2 ? true : order == -2 || order == 0 ? false : (order > 0) != descending
    }
    for (place, entry) in zip(range, sorted) { keys[place] = entry.place }
  }
}

/// The stable sort of the reference, with a comparison that may fail.
enum MergeSort {
  /// `follows` says whether the first has to come after the second.
  static func sort<Element>(_ array: [Element], _ follows: (Element, Element) throws -> Bool) throws -> [Element] {
    guard array.count > 1 else { return array }
    var array = array
    var buffer = array
    try sort(&array, &buffer, 0..<array.count, follows)
    return array
  }

  private static func sort<Element>(
    _ array: inout [Element], _ buffer: inout [Element], _ range: Range<Int>, _ follows: (Element, Element) throws -> Bool
  ) throws {
    guard range.count > 1 else { return }
    let middle = range.lowerBound + range.count / 2
    try sort(&array, &buffer, range.lowerBound..<middle, follows)
    try sort(&array, &buffer, middle..<range.upperBound, follows)
    var (left, right) = (range.lowerBound, middle)
    for place in range {
      let takesLeft = try left < middle && (right >= range.upperBound || !follows(array[left], array[right]))
      buffer[place] = takesLeft ? array[left] : array[right]
      if takesLeft { left += 1 } else { right += 1 }
    }
    for place in range { array[place] = buffer[place] }
  }
}
