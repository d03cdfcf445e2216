import Store
import Time

/// The queues and lanes of the Agenda as its runner knows them: what runs in each and when the next of each may be due.
struct AgendaLines {
  /// A queue or lane to claim from.
  struct Wanted: Sendable {
    var name: String
    var worker: WorkerEntry
    /// How many more may run in it.
    var limit: Int
    /// How many more may run in its queue and all of its lanes together.
    var capacity: Int
    /// Tasks due by then are claimed.
    var until: Timestamp
  }
  private struct Line {
    let worker: WorkerEntry
    let isLane: Bool
    var running = 0
    /// Whether it is being claimed from: it is not forgotten meanwhile.
    var isClaimed = false
    /// The earliest instant at which something may be due; nil when there is nothing.
    var next: Timestamp?

    var limit: Int { isLane ? worker.laneConcurrency : worker.concurrency }
  }
  /// The most tasks one claim takes from a queue or lane, and the most queues and lanes it looks into.
  private static let batch = 1_000
  private static let breadth = 256
  private var lines: [String: Line] = [:]
  /// How many tasks of each queue run, those of its lanes included.
  private var running: [String: Int] = [:]

  init(_ workers: [WorkerEntry]) {
    for worker in workers { lines[worker.queue] = Line(worker: worker, isLane: false, next: .distantPast) }
  }

  var lanePrefixes: [String] { lines.values.filter { !$0.isLane }.map { AgendaEntry.lanePrefix(of: $0.worker.queue) } }

  /// Something is due in these at the instants. Answers whether that is earlier than was known of any of them.
  mutating func due(_ earliest: [String: Timestamp]) -> Bool {
    var isNews = false
    for (name, due) in earliest {
      if lines[name] == nil {
        let base = AgendaEntry.base(of: name)
        guard base != name, let queue = lines[base] else { continue }
        lines[name] = Line(worker: queue.worker, isLane: true)
      }
      guard due < lines[name]?.next ?? .distantFuture else { continue }
      lines[name]?.next = due
      isNews = true
    }
    return isNews
  }

  /// Takes all that is known for something that may be due.
  mutating func suspectAll() {
    for name in lines.keys { lines[name]?.next = .distantPast }
  }

  private func hasRoom(_ line: Line) -> Bool {
    line.running < line.limit && running[line.worker.queue, default: 0] < line.worker.concurrency
  }

  /// The next instant at which a queue or lane with room for more may have something due.
  ///
  /// - Parameter ahead: sooner by what its worker wants to have before.
  func soonest(ahead: Bool) -> Timestamp? {
    lines.values.lazy.filter { hasRoom($0) }.compactMap { line in line.next.map { ahead ? $0 - line.worker.lookahead : $0 } }.min()
  }

  /// Where something may be due and may run, those that wait longest first. Until `claimed`, nothing is taken to be due there: what is
  /// scheduled meanwhile is.
  mutating func wanted(at now: Timestamp, ahead: Bool) -> [Wanted] {
    var due: [(next: Timestamp, name: String, line: Line)] = []
    for (name, line) in lines {
      if let next = line.next, next <= (ahead ? now + line.worker.lookahead : now), hasRoom(line) { due.append((next, name, line)) }
    }
    due.sort { ($0.next, $0.name) < ($1.next, $1.name) }
    return due.prefix(Self.breadth).map { _, name, line in
      lines[name]?.next = nil
      lines[name]?.isClaimed = true
      return Wanted(
        name: name, worker: line.worker, limit: min(line.limit - line.running, Self.batch),
        capacity: line.worker.concurrency - running[line.worker.queue, default: 0],
        until: ahead ? now + line.worker.lookahead : now)
    }
  }

  /// So many tasks of it were claimed, and the next after them is due at the instant.
  mutating func claimed(_ count: Int, next: Timestamp?, of line: Wanted) {
    lines[line.name]?.isClaimed = false
    lines[line.name]?.running += count
    running[line.worker.queue, default: 0] += count
    if let next {
      let known = lines[line.name]?.next ?? .distantFuture
      lines[line.name]?.next = min(next, known)
    }
    forget(line.name)
  }

  /// A task of it has ended. Answers whether that makes room that somebody waits for.
  mutating func ended(_ name: String) -> Bool {
    guard let line = lines[name] else { return false }
    let queue = line.worker.queue
    let wasFull = running[queue, default: 0] >= line.worker.concurrency
    lines[name]?.running -= 1
    running[queue, default: 0] -= 1
    forget(name)
    return wasFull || (line.running == line.limit && line.next != nil)
  }

  /// An empty lane is not kept.
  private mutating func forget(_ name: String) {
    if let line = lines[name], line.isLane, !line.isClaimed, line.running == 0, line.next == nil { lines[name] = nil }
  }
}
