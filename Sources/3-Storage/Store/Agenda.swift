import JSON
import Time

/// Something to be done at an instant, by the worker of its queue.
package struct AgendaEntry: Sendable, Equatable {
  /// The queue's name, or that of one of its lanes: see `lane(_:of:)`.
  package var queue: String
  package var partition: Partition
  /// A name unique in the queue and partition, by which it can be replaced or cancelled; nil for work that is never looked up.
  package var key: String?
  package var due: Timestamp
  package var payload: [UInt8]

  package init(queue: String, partition: Partition, key: String? = nil, due: Timestamp, payload: [UInt8]) {
    self.queue = queue
    self.partition = partition
    self.key = key
    self.due = due
    self.payload = payload
  }
}

extension AgendaEntry {
  private static let laneMark: Character = "|"

  /// A lane of a queue: worked on by the queue's worker, with a bound of its own on how many entries run at once, so that what is
  /// slow in one lane delays nothing in another. A lane exists while it has entries.
  package static func lane(_ lane: String, of queue: String) -> String { "\(queue)\(laneMark)\(lane)" }

  /// The queue that a lane belongs to; the name itself for a queue.
  package static func base(of name: String) -> String {
    name.firstIndex(of: laneMark).map { String(name[..<$0]) } ?? name
  }

  /// What leads the names of all lanes of a queue.
  package static func lanePrefix(of queue: String) -> String { "\(queue)\(laneMark)" }
}

/// An entry as claimed by a worker.
package struct AgendaTask: Sendable, Equatable {
  package var id: Int64
  package var entry: AgendaEntry
  /// How often it has been claimed, this time included: 1 for the first. Released work keeps counting; a claim that ended with its process
  /// need not be counted.
  package var attempt: Int
  /// Names this claim: an older claim's completion or release changes nothing.
  package var lease: Int64

  package init(id: Int64, entry: AgendaEntry, attempt: Int, lease: Int64) {
    self.id = id
    self.entry = entry
    self.attempt = attempt
    self.lease = lease
  }
}

/// Timers, outgoing deliveries, queued work: one durable mechanism for "do X at T".
package protocol AgendaTransaction {
  /// Adds an entry; one with the same queue, partition and key is replaced (also while claimed: the old claim's completion then
  /// changes nothing). Answers its id.
  @discardableResult
  func schedule(_ entry: AgendaEntry) throws -> Int64

  /// Takes up to `limit` entries due at or before `now`, earliest first, for the time of the lease. A claim not completed or
  /// released by then is due again; all claims of a process that ended are due again as soon as the store is opened.
  func claim(_ queue: String, now: Timestamp, limit: Int, lease: Duration) throws -> [AgendaTask]

  /// Removes the entry; false when this claim no longer holds it (its lease ran out and another claimed it, it was replaced or cancelled).
  @discardableResult
  func complete(_ task: AgendaTask) throws -> Bool

  /// Gives the entry back, to be due at the instant, with another payload where given; false as in `complete`.
  @discardableResult
  func release(_ task: AgendaTask, due: Timestamp, payload: [UInt8]?) throws -> Bool

  /// Completes the task and schedules the next of the same queue, partition and key in its place; false as in `complete`.
  @discardableResult
  func renew(_ task: AgendaTask, due: Timestamp, payload: [UInt8]) throws -> Bool

  /// Removes the entry of that key, claimed or not; false when there is none.
  @discardableResult
  func cancel(_ queue: String, key: String, in partition: Partition) throws -> Bool

  /// The entry of that key, or nil.
  func entry(_ queue: String, key: String, in partition: Partition) throws -> AgendaEntry?

  /// When the earliest entry of the queue that is not claimed falls due (or a claim runs out), or nil for an empty queue.
  func nextDue(_ queue: String) throws -> Timestamp?

  /// How many entries the queue holds, claimed ones included.
  func count(_ queue: String) throws -> Int

  /// How many of them are due at or before the instant and not claimed.
  func count(_ queue: String, dueBy instant: Timestamp) throws -> Int

  /// The names of the queues that hold entries and begin with the prefix, in order. Costs as much as there are names, not entries.
  func queues(withPrefix prefix: String) throws -> [String]

  /// Removes every entry of the queue, claimed or not.
  func empty(_ queue: String) throws
}
