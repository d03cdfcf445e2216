import ServiceKit
import Store
import StoreSQLite
import Synchronization
import TestKit
import Testing
import Time

@Suite struct DueWritesTests {
  private struct Refused: Error {}
  private let clock = ManualClock()
  private let store: SQLiteStore
  private let writes: DueWrites
  private let due: Timestamp
  /// The instant each body was last told.
  private let told = Told()

  private final class Told: Sendable {
    private let state = Mutex<[Int: Timestamp]>([:])
    private let runs = Mutex(0)
    func hear(_ number: Int, _ now: Timestamp) {
      state.withLock { $0[number] = now }
      runs.withLock { $0 += 1 }
    }
    var all: [Int: Timestamp] { state.withLock { $0 } }
    var count: Int { runs.withLock { $0 } }
  }

  init() throws {
    store = try SQLiteStore.open(path: nil)
    writes = DueWrites(store: store, clock: clock)
    due = clock.now() + .seconds(10)
  }

  /// So many writes, due together; whether each was kept. The first body that `comes` is true of moves the clock to the instant.
  private func begin(_ count: Int, refused: Set<Int> = [], comes: @escaping @Sendable (Int) -> Bool = { _ in false }) -> [Task<
    Bool, any Error
  >] {
    (0..<count).map { number in
      Task {
        do {
          try await writes.write(at: due) { [clock, told, due] transaction, now in
            told.hear(number, now)
            try transaction.put(
              CatalogRow(partition: TestHouse.partition, kind: "test.due", key: "\(number)", body: [1]), when: .absent)
            if comes(number), clock.now() < due { clock.advance(to: due) }
            if refused.contains(number) { throw Refused() }
          }
          return true
        } catch is Refused { return false }
      }
    }
  }

  private func kept() async throws -> Int { try await store.read { try $0.count("test.due", in: TestHouse.partition, prefix: "") } }

  /// Waits, without moving the clock.
  private func until(_ holds: () -> Bool) async throws {
    for _ in 0..<20_000 where !holds() { try await Task.sleep(for: .milliseconds(1)) }
    try #require(holds())
  }

  @Test func aCrowdIsRunBeforeItsInstantAndKeptWhenItComes() async throws {
    let order = Mutex(0)
    let tasks = begin(200) { _ in
      order.withLock { $0 += 1 }
      return order.withLock { $0 } == 120
    }
    try await until { writes.waiting == 200 && clock.sleeping == 1 }
    #expect(told.count == 0)
    clock.advance(to: due - .milliseconds(400))
    try await until { clock.nextDeadline.map { $0 > due - .milliseconds(400) } ?? false }
    // In the middle of the lead: the writer begins, and the instant comes while the 120th is run.
    clock.advance(to: due - .milliseconds(10))
    for task in tasks { #expect(try await task.value) }
    #expect(try await kept() == 200)
    #expect(told.count == 200 && told.all.values.allSatisfy { $0 == due })
    #expect(writes.waiting == 0)
  }

  @Test func whatIsRunBeforeItsInstantIsNotKeptUntilThatComes() async throws {
    let tasks = begin(100)
    try await until { writes.waiting == 100 && clock.sleeping == 1 }
    clock.advance(to: due - .milliseconds(400))
    try await until { clock.nextDeadline.map { $0 > due - .milliseconds(400) } ?? false }
    // The clock stops: the hold ends, and the instant has not come.
    clock.advance(to: due - .milliseconds(5))
    try await until { told.count == 100 && clock.nextDeadline == due }
    #expect(try await kept() == 0)
    clock.advance(to: due)
    for task in tasks { #expect(try await task.value) }
    #expect(try await kept() == 100 && told.count == 200)
  }

  @Test func whoeverIsRefusedChangesNothingForTheOthers() async throws {
    let tasks = begin(100, refused: [3, 50], comes: { $0 == 99 })
    try await until { writes.waiting == 100 && clock.sleeping == 1 }
    clock.advance(to: due - .milliseconds(400))
    try await until { clock.nextDeadline.map { $0 > due - .milliseconds(400) } ?? false }
    clock.advance(to: due - .milliseconds(5))
    try await until { told.count >= 100 }
    clock.advance(to: due)
    for (number, task) in tasks.enumerated() { #expect(try await task.value == ![3, 50].contains(number)) }
    #expect(try await kept() == 98)
  }

  @Test func fewWaitForTheirInstantAndTheCancelledAreGone() async throws {
    let tasks = begin(10)
    try await until { writes.waiting == 10 && clock.sleeping == 1 }
    tasks[4].cancel()
    try await until { writes.waiting == 9 }
    await #expect(throws: CancellationError.self) { _ = try await tasks[4].value }
    clock.advance(to: due - .milliseconds(1))
    try await until { clock.nextDeadline == due }
    #expect(told.count == 0)
    clock.advance(to: due)
    for (number, task) in tasks.enumerated() where number != 4 { #expect(try await task.value) }
    #expect(try await kept() == 9)
    // What is due already is written at once.
    try await writes.write(at: due) { transaction, now in #expect(now == clock.now()) }
  }
}
