import Store
import Synchronization
import Time

/// Writes that were made ready before the instant they are due at.
///
/// Of thousands due together the last would have to wait until the others are on disk. Therefore the writer runs as many of them before the
/// instant as fit into 0.4 s, and commits those when it comes; the rest follow, hundreds in a commit. Of what is run
/// beforehand nothing is seen or kept before the instant, and whoever wants to write meanwhile waits no longer than for the same work done
/// afterwards.
package final class DueWrites: Sendable {
  /// One write with its types erased.
  private struct Entry: Sendable {
    /// Runs the body at an instant, and answers how its caller is told once that is kept.
    let run: @Sendable (any Transaction, Timestamp) throws -> @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void

    /// Throws nothing: what the body threw is for its caller alone, its writes are undone.
    func attempt(_ transaction: any Transaction, _ now: Timestamp) -> @Sendable () -> Void {
      do { return try transaction.savepoint { try run(transaction, now) } } catch { return { fail(error) } }
    }
  }
  private struct State {
    /// What is due at each instant, by numbers that tell the order they came in.
    var waiting: [Timestamp: [Int: Entry]] = [:]
    var number = 0
    /// What one write takes, in seconds, as last seen.
    var cost = 0.000_05
    /// The part of the lead that bringing to the disk takes what was written, as last seen.
    var reserve = 0.4

    /// - Parameter late: how long after its instant a commit could begin.
    mutating func learn(late: Duration, of lead: Duration) {
      let part = late.secondsAsDouble / lead.secondsAsDouble
      reserve = part > 0.02 ? min(0.7, reserve + part) : max(0.2, reserve * 0.95)
    }
  }
  /// Fewer that are due together are not begun before their time.
  static let crowd = 64
  /// The longest the writer works for an instant that has not come.
  static let longestLead = Duration.milliseconds(400)
  /// Writes in one commit after the instant.
  private static let chunk = 512
  private let store: any Store
  private let clock: any WallClock
  private let state = Mutex(State())

  package init(store: any Store, clock: any WallClock) {
    self.store = store
    self.clock = clock
  }

  /// How many writes wait for their instant.
  package var waiting: Int { state.withLock { $0.waiting.values.reduce(0) { $0 + $1.count } } }

  /// Runs the body in a transaction that is kept at the instant or as soon after it as can be; at once when it has passed.
  ///
  /// The body is given the instant it counts for, and may be run again. Throws what the body throws, with none of its writes kept, and
  /// CancellationError when the task is cancelled before the body was run.
  package func write<Result: Sendable>(
    at due: Timestamp, _ body: @escaping @Sendable (any Transaction, Timestamp) throws -> Result
  ) async throws -> Result {
    guard clock.now() < due else { return try await store.write { [clock] in try body($0, clock.now()) } }
    let number = state.withLock { state in
      state.number += 1
      return state.number
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let entry = Entry(
          run: { transaction, now in
            let result = try body(transaction, now)
            return { continuation.resume(returning: result) }
          }, fail: { continuation.resume(throwing: $0) })
        let isFirst = state.withLock { state in
          state.waiting[due, default: [:]][number] = entry
          return state.waiting[due]?.count == 1
        }
        if isFirst { Task { await self.keep(due) } }
        // Cancelled before it was there to be found.
        if Task.isCancelled { cancel(number, due) }
      }
    } onCancel: {
      cancel(number, due)
    }
  }

  private func cancel(_ number: Int, _ due: Timestamp) {
    let entry = state.withLock { $0.waiting[due]?.removeValue(forKey: number) }
    entry?.fail(CancellationError())
  }

  /// Sees to everything that is due at the instant.
  private func keep(_ due: Timestamp) async {
    await sleep(until: due - Self.longestLead)
    let (count, cost) = state.withLock { ($0.waiting[due]?.count ?? 0, $0.cost / (1 - $0.reserve)) }
    var rest: [Entry] = []
    if count >= Self.crowd {
      let lead = min(Self.longestLead, .seconds(Double(count) * cost))
      await sleep(until: due - lead)
      rest = await ahead(take(due, isLast: false), due, lead)
    }
    await sleep(until: due)
    await now(rest + take(due, isLast: true))
  }

  private func sleep(until instant: Timestamp) async {
    // Nobody cancels the task this runs in.
    try? await clock.sleep(until: instant)
  }

  /// - Parameter isLast: whether what comes later is somebody else's.
  private func take(_ due: Timestamp, isLast: Bool) -> [Entry] {
    let taken = state.withLock { state in
      defer { state.waiting[due] = isLast ? nil : [:] }
      return state.waiting[due] ?? [:]
    }
    return taken.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Runs writes before their instant, as many as can be done by then, and answers the others.
  private func ahead(_ entries: [Entry], _ due: Timestamp, _ lead: Duration) async -> [Entry] {
    let clock = clock
    let remaining = due - clock.now()
    guard remaining > .zero else { return entries }
    let hold = CommitHold(until: .now + remaining) { [self] in
      let late = clock.now() - due
      state.withLock { $0.learn(late: late, of: lead) }
      return late >= .zero
    }
    let end = due - lead * state.withLock { $0.reserve }
    do {
      let (answers, took) = try await store.write(holding: hold) { transaction in
        let begin = ContinuousClock.now
        var answers: [@Sendable () -> Void] = []
        for entry in entries {
          if clock.now() >= end { break }
          answers.append(entry.attempt(transaction, due))
        }
        return (answers, begin.duration(to: .now))
      }
      learn(answers.count, took)
      for answer in answers { answer() }
      return Array(entries.dropFirst(answers.count))
    } catch StoreFault.notDue {
      return entries
    } catch {
      for entry in entries { entry.fail(error) }
      return []
    }
  }

  /// Runs writes that are due, in two turns: while one commit is on its way the next gathers, with whatever else is to be written.
  private func now(_ entries: [Entry]) async {
    await withDiscardingTaskGroup { group in
      for turn in 0..<2 {
        group.addTask {
          for begin in stride(from: turn * Self.chunk, to: entries.count, by: 2 * Self.chunk) {
            await self.commit(entries[begin..<min(begin + Self.chunk, entries.count)])
          }
        }
      }
    }
  }

  private func learn(_ count: Int, _ took: Duration) {
    guard count >= Self.crowd else { return }
    state.withLock { $0.cost = 0.5 * ($0.cost + took.secondsAsDouble / Double(count)) }
  }

  private func commit(_ entries: ArraySlice<Entry>) async {
    let clock = clock
    do {
      let (answers, took) = try await store.write { transaction in
        let (now, begin) = (clock.now(), ContinuousClock.now)
        let answers = entries.map { $0.attempt(transaction, now) }
        return (answers, begin.duration(to: .now))
      }
      learn(entries.count, took)
      for answer in answers { answer() }
    } catch {
      for entry in entries { entry.fail(error) }
    }
  }
}
