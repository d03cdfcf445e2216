/// A regular expression as states that read characters (Thompson's construction).
///
/// A character is read by its first byte in UTF-8, which tells all that a pattern can ask; the bytes that continue it change
/// no state.
struct StateGraph: Sendable {
  enum State: Sendable {
    /// Reads a character of the set and goes on.
    case read(CharacterSet, Int)
    case fork(Int, Int)
    /// Goes on at the beginning of the text only.
    case start(Int)
    /// Goes on at the end of the text only.
    case end(Int)
    case accept
  }

  /// Enough for every sensible expression; following more would be slow.
  static let mostStates = 1_000
  private(set) var states: [State] = [.accept]
  private(set) var entry = 0
  private(set) var isTooLarge = false

  init(_ node: RegexNode) { entry = add(node, then: 0) }

  static func continues(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

  private mutating func add(_ state: State) -> Int {
    guard states.count < Self.mostStates else {
      isTooLarge = true
      return 0
    }
    states.append(state)
    return states.count - 1
  }

  /// Adds states that read the node and then go on at `next`; answers the first.
  private mutating func add(_ node: RegexNode, then next: Int) -> Int {
    if isTooLarge { return 0 }
    switch node {
    case .start: return add(.start(next))
    case .end: return add(.end(next))
    case .character(let set): return add(.read(set, next))
    case .sequence(let parts): return parts.reversed().reduce(next) { add($1, then: $0) }
    case .choice(let choices):
      let entries = choices.map { add($0, then: next) }
      return entries.dropLast().reversed().reduce(entries[entries.count - 1]) { add(.fork($1, $0)) }
    case .repetition(let part, let least, let most):
      var entry = next
      if let most {
        for _ in 0..<(most - least) { entry = add(.fork(add(part, then: entry), next)) }
      } else {
        let loop = add(.fork(next, next))
        let body = add(part, then: loop)
        if !isTooLarge { states[loop] = .fork(body, next) }
        entry = loop
      }
      for _ in 0..<least { entry = add(part, then: entry) }
      return entry
    }
  }
}

/// The states that the expression may be in at one place of the text.
struct StateSet: Sendable {
  /// In the order of being reached.
  private(set) var states: [Int] = []
  /// Where each state is in `states`, if there: a sparse set, which is emptied at no cost.
  private var places: [Int]
  private var waiting: [Int] = []
  private(set) var accepts = false

  init(for graph: StateGraph) { places = Array(repeating: 0, count: graph.states.count) }

  mutating func clear() {
    states.removeAll(keepingCapacity: true)
    accepts = false
  }

  private func contains(_ state: Int) -> Bool { places[state] < states.count && states[places[state]] == state }

  /// Adds what can be reached without reading: through forks, and through anchors where they hold.
  mutating func add(_ first: Int, in graph: StateGraph, atStart: Bool, atEnd: Bool) {
    waiting.append(first)
    while let state = waiting.popLast() {
      if contains(state) { continue }
      places[state] = states.count
      states.append(state)
      switch graph.states[state] {
      case .accept: accepts = true
      case .read: break
      case .fork(let one, let other):
        waiting.append(other)
        waiting.append(one)
      case .start(let next): if atStart { waiting.append(next) }
      case .end(let next): if atEnd { waiting.append(next) }
      }
    }
  }

  /// Becomes the set after a character that begins with the byte, in which the expression may also begin anew.
  mutating func step(from other: StateSet, _ byte: UInt8, in graph: StateGraph) {
    clear()
    for state in other.states {
      if case .read(let set, let next) = graph.states[state], set.contains(byte) {
        add(next, in: graph, atStart: false, atEnd: false)
      }
    }
    add(graph.entry, in: graph, atStart: false, atEnd: false)
  }

  /// Whether the expression is fulfilled when the text ends here.
  func acceptsAtEnd(in graph: StateGraph, atStart: Bool) -> Bool {
    if accepts { return true }
    var last = StateSet(for: graph)
    for state in states { last.add(state, in: graph, atStart: atStart, atEnd: true) }
    return last.accepts
  }
}
