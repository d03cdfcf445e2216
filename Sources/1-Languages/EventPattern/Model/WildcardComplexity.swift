/// How many beginnings of wildcards one value can match at the same time, which is what wildcards cost AWS.
///
/// AWS refuses patterns in which it is more than 10. Where it stops is not documented; the number and the way of counting were
/// worked out from AWS's published event-ruler and from patterns that AWS accepts or refuses.
///
/// Source: EventBridge User Guide, "Wildcards and event pattern complexity".
struct WildcardComplexity {
  static let most = 10
  /// Sets of states looked at before a pattern counts as too complex.
  private static let effort = 2000

  private struct State {
    /// Where a byte leads.
    var literals: [UInt8: Int] = [:]
    /// The star that comes next.
    var star: Int?
    var isStar = false
    /// The tests that can still be met from here.
    var tests: Set<Int> = []
  }

  private var states = [State()]
  private var alphabet: Set<UInt8> = []

  /// Whether AWS would accept these tests in one field, each with its wildcards.
  static func accepts(_ tests: [[Wildcard]]) -> Bool {
    if tests.reduce(0, { $0 + $1.reduce(0) { $0 + bound($1) } }) <= most { return true }
    var complexity = WildcardComplexity()
    for (number, wildcards) in tests.enumerated() {
      for wildcard in wildcards { complexity.add(wildcard, of: number) }
    }
    return complexity.isAcceptable
  }

  /// A number that the complexity of one wildcard cannot exceed: of each piece, how often it can have begun at once.
  private static func bound(_ wildcard: Wildcard) -> Int {
    wildcard.pieces.enumerated().reduce(0) { $0 + ($1.offset == 0 ? 1 : 2 + overlaps($1.element)) }
  }

  /// How many shorter beginnings of the piece one of its beginnings can end with.
  private static func overlaps(_ piece: [UInt8]) -> Int {
    var borders = [0]
    var depths = [0]
    var border = 0
    for end in piece.indices.dropFirst() {
      while border > 0, piece[border] != piece[end] { border = borders[border - 1] }
      if piece[border] == piece[end] { border += 1 }
      borders.append(border)
      depths.append(border == 0 ? 0 : depths[border - 1] + 1)
    }
    return depths.max() ?? 0
  }

  /// Adds the states of one wildcard. What comes before its first star and that star are shared with other wildcards.
  private mutating func add(_ wildcard: Wildcard, of test: Int) {
    let quote = UInt8(ascii: "\"")
    var state = literal(quote, after: 0, isShared: true, test)
    for (number, piece) in wildcard.pieces.enumerated() {
      if number > 0 { state = star(after: state, isShared: number == 1, test) }
      for byte in piece { state = literal(byte, after: state, isShared: number == 0, test) }
    }
    _ = literal(quote, after: state, isShared: false, test)
  }

  private mutating func star(after state: Int, isShared: Bool, _ test: Int) -> Int {
    if !isShared || states[state].star == nil {
      states.append(State(isStar: true))
      states[state].star = states.count - 1
    }
    let star = states[state].star ?? 0
    states[star].tests.insert(test)
    return star
  }

  private mutating func literal(_ byte: UInt8, after state: Int, isShared: Bool, _ test: Int) -> Int {
    alphabet.insert(byte)
    if isShared, let present = states[state].literals[byte] {
      states[present].tests.insert(test)
      return present
    }
    states.append(State(tests: [test]))
    branches[state, default: []].append((byte, states.count - 1))
    if isShared { states[state].literals[byte] = states.count - 1 }
    return states.count - 1
  }
  /// All literals after a state; several may begin with the same byte.
  private var branches: [Int: [(byte: UInt8, state: Int)]] = [:]

  private var isAcceptable: Bool {
    var seen: Set<Set<Int>> = []
    var waiting: [Set<Int>] = [[0]]
    while let current = waiting.popLast() {
      // One byte that no wildcard names stands for all of them.
      for byte in alphabet.map(Optional.some) + [nil] {
        let next = step(from: current, byte)
        let weight = next.reduce(0) { $0 + states[$1].tests.count }
        if weight > Self.most { return false }
        if !next.isEmpty, seen.insert(next).inserted { waiting.append(next) }
      }
      if seen.count > Self.effort { return false }
    }
    return true
  }

  /// The states after one more byte, with the stars that follow them, as a star may stand for nothing.
  private func step(from current: Set<Int>, _ byte: UInt8?) -> Set<Int> {
    var next: Set<Int> = []
    for state in current {
      if states[state].isStar { next.insert(state) }
      for branch in branches[state] ?? [] where branch.byte == byte {
        next.insert(branch.state)
        if let star = states[branch.state].star { next.insert(star) }
      }
    }
    return next
  }
}
