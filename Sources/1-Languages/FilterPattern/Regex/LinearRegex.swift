/// A regular expression of a filter pattern, searched for anywhere in a text in time linear in its length.
///
/// Turned into a table of state transitions up front. The few expressions whose table would be large are followed state by
/// state instead, which takes longer by a factor of the expression's length but never more.
struct LinearRegex: Sendable {
  private let graph: StateGraph
  private let table: TransitionTable?
  /// A text without which the expression matches nowhere.
  private let needed: [UInt8]

  init(_ text: ArraySlice<UInt8>) throws(FilterPatternError) {
    var parser = RegexParser(text)
    let node = try parser.parse()
    graph = StateGraph(node)
    guard !graph.isTooLarge else { throw FilterPatternError("the regular expression is too large", at: text.startIndex) }
    table = TransitionTable(graph)
    needed = Self.needed(node)
  }

  func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    if needed.count > 1, !ByteSearch.contains(text, needed) { return false }
    return table?.matches(text) ?? follow(text)
  }

  private func follow(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var now = StateSet(for: graph)
    var next = StateSet(for: graph)
    now.add(graph.entry, in: graph, atStart: true, atEnd: false)
    for byte in text where !StateGraph.continues(byte) {
      if now.accepts { return true }
      next.step(from: now, byte, in: graph)
      swap(&now, &next)
    }
    return now.acceptsAtEnd(in: graph, atStart: text.isEmpty)
  }

  /// The longest run of characters that every match has.
  private static func needed(_ node: RegexNode) -> [UInt8] {
    let parts: [RegexNode]
    switch node {
    case .sequence(let sequence): parts = sequence
    case .character: parts = [node]
    default: return []
    }
    var longest: [UInt8] = []
    var run: [UInt8] = []
    for part in parts {
      if case .character(let set) = part, let byte = set.single {
        run.append(byte)
        if run.count > longest.count { longest = run }
      } else if part != .start, part != .end {
        run = []
      }
    }
    return longest
  }
}

/// What state follows each state and byte. Bytes that no part of the expression tells apart share a column.
struct TransitionTable: Sendable {
  private static let mostStates = 500
  /// States looked at while the table is made.
  private static let mostWork = 1 << 20
  /// Once in one of these states the answer is known.
  private static let never: UInt16 = 0
  private static let always: UInt16 = 1

  private var columns: [UInt8]
  private var width: Int
  private var cells: [UInt16]
  /// Whether the expression is fulfilled when the text ends in the state.
  private var accepting: [Bool]
  private let first: UInt16
  /// For the empty text, at whose only place both anchors hold.
  private let acceptsEmpty: Bool

  /// Nil when the table would be too large.
  init?(_ graph: StateGraph) {
    (columns, width) = Self.columns(graph)
    var representatives = [UInt8](repeating: 0, count: width)
    for byte in (0...255 as ClosedRange<UInt8>).reversed() { representatives[Int(columns[Int(byte)])] = byte }
    cells = Array(repeating: Self.never, count: width) + Array(repeating: Self.always, count: width)
    accepting = [false, true]

    var start = StateSet(for: graph)
    start.add(graph.entry, in: graph, atStart: true, atEnd: false)
    acceptsEmpty = start.acceptsAtEnd(in: graph, atStart: true)
    first = start.accepts ? Self.always : 2
    if start.accepts { return }

    // The state at the start is not among the known: a later one with the same states may not pass `^`.
    var known: [[Int]: UInt16] = [[]: Self.never]
    var todo = [start]
    var next = StateSet(for: graph)
    var work = 0
    accepting.append(acceptsEmpty)
    var done = 0
    while done < todo.count {
      let from = todo[done]
      done += 1
      for column in 0..<width {
        if StateGraph.continues(representatives[column]) {
          cells.append(UInt16(done + 1))
          continue
        }
        next.step(from: from, representatives[column], in: graph)
        work += from.states.count + next.states.count
        let key = next.states.filter { Self.matters(graph.states[$0]) }.sorted()
        if next.accepts {
          cells.append(Self.always)
        } else if let state = known[key] {
          cells.append(state)
        } else {
          guard accepting.count < Self.mostStates, work < Self.mostWork else { return nil }
          let state = UInt16(accepting.count)
          known[key] = state
          cells.append(state)
          todo.append(next)
          accepting.append(next.acceptsAtEnd(in: graph, atStart: false))
        }
      }
    }
  }

  /// Only states that read or that wait for the end tell sets apart.
  private static func matters(_ state: StateGraph.State) -> Bool {
    switch state {
    case .read, .end: true
    default: false
    }
  }

  func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    if text.isEmpty { return acceptsEmpty }
    return columns.withUnsafeBufferPointer { columns in
      cells.withUnsafeBufferPointer { cells in
        var state = first
        for byte in text {
          state = cells[Int(state) &* width &+ Int(columns[Int(byte)])]
          if state <= Self.always { return state == Self.always }
        }
        return accepting[Int(state)]
      }
    }
  }

  /// Numbers bytes so that those with the same number are in the same sets throughout the expression.
  private static func columns(_ graph: StateGraph) -> ([UInt8], Int) {
    var sets: Set<CharacterSet> = []
    for case .read(let set, _) in graph.states { sets.insert(set) }
    // Bytes that continue a character are a column of their own.
    var columns = (0..<256).map { StateGraph.continues(UInt8($0)) ? 1 : 0 }
    var count = 2
    for set in sets {
      // Each column splits into the bytes inside and outside of the set.
      let members = (0..<256).filter { set.contains(UInt8($0)) && columns[$0] != 1 }
      let outside = Set((0..<256).filter { !set.contains(UInt8($0)) }.map { columns[$0] })
      var split: [Int: Int] = [:]
      for byte in members where outside.contains(columns[byte]) {
        let column = split[columns[byte]] ?? count
        if column == count { count += 1 }
        split[columns[byte]] = column
        columns[byte] = column
      }
    }
    return (columns.map { UInt8(truncatingIfNeeded: $0) }, count)
  }
}
