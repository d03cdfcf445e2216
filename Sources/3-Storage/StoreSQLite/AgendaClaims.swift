import Store
import Synchronization

/// Who holds which entries of the Agenda. Kept in memory alone: a claim ends with its process, and one process has the file.
///
/// Changed by the writer's transactions, which undo what they do not keep; read by others for what is due next.
final class AgendaClaims: Sendable {
  struct Claim: Sendable {
    /// Names the claim; never given twice in the life of a process.
    var lease: Int64
    /// The entry's instant, in microseconds.
    var due: Int64
    /// When the claim runs out, in microseconds.
    var until: Int64
    var attempt: Int
    /// By which the entry can be replaced or cancelled; nil for one without a key.
    var name: EntryName?
  }

  struct EntryName: Hashable, Sendable {
    var partition: Int64
    var key: String
  }

  /// A place in the order of a queue's entries.
  struct Position: Comparable, Sendable {
    static let start = Position(due: .min, id: .min)
    var due: Int64
    var id: Int64

    static func < (left: Position, right: Position) -> Bool { (left.due, left.id) < (right.due, right.id) }
  }

  /// The claims of one queue.
  struct Line: Sendable {
    var claims: [Int64: Claim] = [:]
    var names: [EntryName: Int64] = [:]
    /// Every entry up to here is claimed: the next claim looks beyond.
    var passed = Position.start
    /// No claim runs out before this.
    var earliest = Int64.max
  }

  /// A change as it has to be undone.
  enum Change: Sendable {
    case claim(queue: String, id: Int64, before: Claim?)
    case passed(queue: String, before: Position)
  }

  private struct State: Sendable {
    var lines: [String: Line] = [:]
    var lease: Int64 = 0
    var id: Int64 = 0
  }
  private let state = Mutex(State())

  /// Entries are numbered on from here, so that no number is given twice in the life of a process.
  func number(from last: Int64) { state.withLock { $0.id = last } }

  func nextID() -> Int64 {
    state.withLock { state in
      state.id += 1
      return state.id
    }
  }

  func nextLease() -> Int64 {
    state.withLock { state in
      state.lease += 1
      return state.lease
    }
  }

  func passed(_ queue: String) -> Position { state.withLock { $0.lines[queue]?.passed ?? .start } }
  func isClaimed(_ queue: String, _ id: Int64) -> Bool { state.withLock { $0.lines[queue]?.claims[id] != nil } }
  func claim(_ queue: String, _ id: Int64) -> Claim? { state.withLock { $0.lines[queue]?.claims[id] } }
  /// The claimed entry of that name.
  func id(_ queue: String, _ name: EntryName) -> Int64? { state.withLock { $0.lines[queue]?.names[name] } }

  /// Which of the ids are claimed no more at the instant, in the order of the ids; none in nearly all calls, at little cost.
  func expired(_ queue: String, at now: Int64) -> [(id: Int64, claim: Claim)] {
    state.withLock { state in
      guard let line = state.lines[queue], line.earliest <= now else { return [] }
      state.lines[queue]?.earliest = line.claims.values.lazy.map(\.until).filter { $0 > now }.min() ?? .max
      return line.claims.filter { $0.value.until <= now }.map { ($0.key, $0.value) }.sorted { $0.id < $1.id }
    }
  }

  /// When the first claim of the queue may run out.
  func earliest(_ queue: String) -> Int64? {
    state.withLock { state in state.lines[queue].flatMap { $0.earliest == .max ? nil : $0.earliest } }
  }

  /// How many entries due by the instant are claimed.
  func count(_ queue: String, dueBy instant: Int64) -> Int {
    state.withLock { $0.lines[queue]?.claims.values.count { $0.due <= instant } ?? 0 }
  }

  func claims(_ queue: String) -> [Int64] { state.withLock { state in state.lines[queue].map { Array($0.claims.keys) } ?? [] } }

  /// Sets or takes away a claim; answers how to undo it.
  func set(_ queue: String, _ id: Int64, _ claim: Claim?) -> Change {
    state.withLock { state in
      let before = state.lines[queue]?.claims[id]
      Self.set(&state.lines[queue, default: Line()], id, claim)
      Self.forget(&state, queue)
      return .claim(queue: queue, id: id, before: before)
    }
  }

  private static func set(_ line: inout Line, _ id: Int64, _ claim: Claim?) {
    if let name = line.claims[id]?.name { line.names[name] = nil }
    line.claims[id] = claim
    guard let claim else { return }
    if let name = claim.name { line.names[name] = id }
    line.earliest = min(line.earliest, claim.until)
  }

  /// Entries up to the position are all claimed.
  func pass(_ queue: String, _ position: Position) -> Change { move(queue) { max($0, position) } }

  /// Something that is not claimed lies at the position. Nil when that changes nothing.
  func reopen(_ queue: String, _ position: Position) -> Change? {
    state.withLock { state in
      guard let passed = state.lines[queue]?.passed, position <= passed else { return nil }
      state.lines[queue]?.passed = Position(due: position.due, id: position.id - 1)
      return .passed(queue: queue, before: passed)
    }
  }

  private func move(_ queue: String, _ to: (Position) -> Position) -> Change {
    state.withLock { state in
      let before = state.lines[queue]?.passed ?? .start
      // Without claims there is nothing to pass over.
      if state.lines[queue] != nil { state.lines[queue]?.passed = to(before) }
      return .passed(queue: queue, before: before)
    }
  }

  /// Undoes changes, the last first.
  func undo(_ changes: some BidirectionalCollection<Change>) {
    if changes.isEmpty { return }
    state.withLock { state in
      for change in changes.reversed() {
        switch change {
        case .claim(let queue, let id, let before):
          Self.set(&state.lines[queue, default: Line()], id, before)
          Self.forget(&state, queue)
        case .passed(let queue, let before): state.lines[queue]?.passed = before
        }
      }
    }
  }

  /// A queue without claims begins at its start again.
  private static func forget(_ state: inout State, _ queue: String) {
    if state.lines[queue]?.claims.isEmpty ?? false { state.lines[queue] = nil }
  }
}
