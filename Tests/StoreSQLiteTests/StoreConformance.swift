import Store
import Testing
import Time

/// What every backend of Store does. A suite of a backend calls each of these with a fresh store.
enum StoreConformance {
  static let here = Partition(account: "000000000000", region: "eu-central-1")
  static let there = Partition(account: "111111111111", region: "eu-central-1")
  static let all: [(name: String, check: @Sendable (any Store) async throws -> Void)] = [
    ("catalog rows carry revisions and expectations", revisions), ("pages go on where they ended", pages),
    ("indexes follow their rows", indexes), ("partitions do not see each other", partitions),
    ("a failed body leaves nothing", atomicity), ("a savepoint undoes its own", savepoints), ("reads can not write", reads),
    ("agenda entries are claimed once and in order", claims), ("leases and replacements take claims away", leases),
    ("the names of queues are told", queues), ("a task makes way for the next", renewals),
    ("what is not kept gives its claims back", claimsUndone), ("many waits are claimed in order", manyClaims),
    ("those that fail change nothing for the others", failures),
    ("what a ledger did not keep is not counted", ledgersUndone), ("ledgers number without gaps", ledgers),
    ("what is scheduled is told after the commit", notifications),
    ("a held write is kept when its instant comes", holds), ("a closed store says so", closing),
  ]

  private static func row(_ key: String, _ body: String = "b", in partition: Partition = here, indexes: [String: String] = [:])
    -> CatalogRow
  {
    CatalogRow(partition: partition, kind: "test.thing", key: key, version: 3, body: Array(body.utf8), indexes: indexes)
  }

  @Sendable static func revisions(_ store: any Store) async throws {
    try await store.write { (transaction) throws in
      #expect(try transaction.put(row("a"), when: .absent) == 1)
      #expect(try transaction.put(row("a", "c"), when: .revision(1)) == 2)
      #expect(throws: StoreFault.conflict(kind: "test.thing", key: "a")) { try transaction.put(row("a"), when: .absent) }
      #expect(throws: StoreFault.conflict(kind: "test.thing", key: "a")) { try transaction.put(row("a"), when: .revision(1)) }
      #expect(throws: StoreFault.conflict(kind: "test.thing", key: "a")) {
        try transaction.delete("test.thing", "a", in: here, when: .revision(1))
      }
    }
    let found = try await store.read { try $0.row("test.thing", "a", in: here) }
    #expect(found?.body == Array("c".utf8) && found?.version == 3 && found?.revision == 2)
    try await store.write { (transaction) throws in
      #expect(try transaction.delete("test.thing", "a", in: here, when: .any))
      #expect(try transaction.delete("test.thing", "a", in: here, when: .any) == false)
    }
  }

  @Sendable static func pages(_ store: any Store) async throws {
    let keys = (0..<25).map { "k\($0 < 10 ? "0" : "")\($0)" } + ["l", "k\u{10FFFF}"]
    try await store.write { for key in keys { try $0.put(row(key), when: .any) } }
    for descending in [false, true] {
      var seen: [String] = []
      var after: CatalogCursor?
      repeat {
        let cursor = after
        let rows = try await store.read {
          try $0.page("test.thing", in: here, CatalogQuery(.key(prefix: "k"), after: cursor, limit: 10, descending: descending))
        }
        seen += rows.map(\.key)
        after = rows.count == 10 ? rows.last.map { CatalogCursor(key: $0.key) } : nil
      } while after != nil
      let wanted = keys.filter { $0.hasPrefix("k") }.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
      #expect(seen == (descending ? wanted.reversed() : wanted))
    }
    #expect(try await store.read { try $0.count("test.thing", in: here, prefix: "k0") } == 10)
  }

  @Sendable static func indexes(_ store: any Store) async throws {
    try await store.write { (transaction) throws in
      for number in 0..<5 { try transaction.put(row("r\(number)", indexes: ["state": number % 2 == 0 ? "EVEN" : "ODD"]), when: .any) }
      try transaction.put(row("r1", indexes: ["state": "EVEN"]), when: .any)
      try transaction.put(row("r2", indexes: [:]), when: .any)
      try transaction.delete("test.thing", "r4", in: here, when: .any)
    }
    let query = CatalogQuery(.index("state", from: "EVEN", to: "EVEN\u{1}"), limit: 10)
    #expect(try await store.read { try $0.page("test.thing", in: here, query).map(\.key) } == ["r0", "r1"])
    let all = CatalogQuery(.index("state", from: "", to: nil), after: CatalogCursor(value: "EVEN", key: "r0"), limit: 10)
    #expect(try await store.read { try $0.page("test.thing", in: here, all).map(\.key) } == ["r1", "r3"])
  }

  @Sendable static func partitions(_ store: any Store) async throws {
    try await store.write { (transaction) throws in
      try transaction.put(row("a"), when: .absent)
      try transaction.put(row("a", in: there), when: .absent)
      try transaction.delete("test.thing", "a", in: here, when: .any)
    }
    #expect(try await store.read { try $0.row("test.thing", "a", in: there) } != nil)
    #expect(try await store.read { try $0.partitions(holding: "test.thing") } == [there])
  }

  @Sendable static func queues(_ store: any Store) async throws {
    #expect(try await store.read { try $0.queues(withPrefix: "q|") } == [])
    try await store.write { (transaction) throws in
      for name in ["q", "q|b", "q|a", "q|\u{10FFFF}", "r", "q|a", "p|z"] {
        try transaction.schedule(AgendaEntry(queue: name, partition: here, due: Timestamp(seconds: 1), payload: []))
      }
    }
    #expect(try await store.read { try $0.queues(withPrefix: "q|") } == ["q|a", "q|b", "q|\u{10FFFF}"])
  }

  private struct Undone: Error {}

  @Sendable static func atomicity(_ store: any Store) async throws {
    await #expect(throws: Undone.self) {
      try await store.write { (transaction) throws in
        try transaction.put(row("gone"), when: .any)
        try transaction.schedule(AgendaEntry(queue: "q", partition: here, due: Timestamp(seconds: 1), payload: []))
        try transaction.append([[1]], to: LedgerStream("l", in: here), expected: nil)
        throw Undone()
      }
    }
    try await store.read { (transaction) throws in
      #expect(try transaction.row("test.thing", "gone", in: here) == nil)
      #expect(try transaction.count("q") == 0)
      #expect(try transaction.lastSequence(of: LedgerStream("l", in: here)) == 0)
    }
    // Many at once, some of which fail: each by itself.
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<200 {
        group.addTask {
          do {
            try await store.write { (transaction) throws in
              try transaction.put(row("n\(number)"), when: .absent)
              if number % 3 == 0 { throw Undone() }
            }
            return true
          } catch is Undone { return false }
        }
      }
      var kept = 0
      for try await good in group where good { kept += 1 }
      #expect(kept == 133)
    }
    #expect(try await store.read { try $0.count("test.thing", in: here, prefix: "n") } == 133)
  }

  @Sendable static func savepoints(_ store: any Store) async throws {
    try await store.write { (transaction) throws in
      try transaction.put(row("kept"), when: .any)
      do {
        try transaction.savepoint {
          try transaction.put(row("undone"), when: .any)
          throw Undone()
        }
        Issue.record("the savepoint swallowed the error")
      } catch is Undone {}
      try transaction.savepoint { _ = try transaction.put(row("also"), when: .any) }
    }
    #expect(try await store.read { try $0.page("test.thing", in: here, CatalogQuery()).map(\.key) } == ["also", "kept"])
  }

  @Sendable static func reads(_ store: any Store) async throws {
    await #expect(throws: StoreFault.readOnly) { try await store.read { try $0.put(row("x"), when: .any) } }
    await #expect(throws: StoreFault.readOnly) {
      try await store.read { try $0.append([[1]], to: LedgerStream("x", in: here), expected: nil) }
    }
  }

  private static func entry(_ key: String?, _ due: Int64, _ payload: UInt8 = 0) -> AgendaEntry {
    AgendaEntry(queue: "q", partition: here, key: key, due: Timestamp(seconds: due), payload: [payload])
  }

  @Sendable static func claims(_ store: any Store) async throws {
    try await store.write { (transaction) throws in
      for due in [30, 10, 20, 99] { try transaction.schedule(entry(nil, Int64(due), UInt8(due))) }
      let now = Timestamp(seconds: 50)
      let first = try transaction.claim("q", now: now, limit: 2, lease: .seconds(60))
      #expect(first.map(\.entry.payload) == [[10], [20]] && first.allSatisfy { $0.attempt == 1 })
      let second = try transaction.claim("q", now: now, limit: 9, lease: .seconds(60))
      #expect(second.map(\.entry.payload) == [[30]])
      #expect(try transaction.complete(first[0]))
      #expect(try transaction.complete(first[0]) == false)
      #expect(try transaction.release(first[1], due: Timestamp(seconds: 40), payload: [21]))
      let again = try transaction.claim("q", now: now, limit: 9, lease: .seconds(60))
      #expect(again.map(\.entry.payload) == [[21]] && again[0].attempt == 2)
      #expect(try transaction.nextDue("q") == Timestamp(seconds: 99))
      #expect(try transaction.count("q") == 3)
      try transaction.empty("q")
      #expect(try transaction.count("q") == 0)
    }
  }

  @Sendable static func leases(_ store: any Store) async throws {
    try await store.write { (transaction) throws in
      try transaction.schedule(entry("k", 10, 1))
      let old = try transaction.claim("q", now: Timestamp(seconds: 10), limit: 1, lease: .seconds(5))
      // The lease has run out: another takes it, and the first holds nothing more.
      let new = try transaction.claim("q", now: Timestamp(seconds: 16), limit: 1, lease: .seconds(5))
      #expect(new.count == 1)
      #expect(try transaction.complete(old[0]) == false)
      try transaction.schedule(entry("k", 12, 2))
      #expect(try transaction.complete(new[0]) == false)
      #expect(try transaction.entry("q", key: "k", in: here)?.payload == [2])
      #expect(try transaction.count("q") == 1)
      #expect(try transaction.cancel("q", key: "k", in: here))
      #expect(try transaction.cancel("q", key: "k", in: here) == false)
    }
  }

  @Sendable static func renewals(_ store: any Store) async throws {
    try await store.write { (transaction) throws in
      try transaction.schedule(entry("k", 10, 1))
      let claims = try (1...3).map { round in
        try #require(try transaction.claim("q", now: Timestamp(seconds: 10 * Int64(round)), limit: 1, lease: .seconds(5)).first)
      }
      #expect(claims.map(\.attempt) == [1, 2, 3])
      #expect(try transaction.renew(claims[0], due: Timestamp(seconds: 50), payload: [7]) == false)
      #expect(try transaction.renew(claims[2], due: Timestamp(seconds: 50), payload: [8]))
      #expect(try transaction.complete(claims[2]) == false)
      #expect(try transaction.entry("q", key: "k", in: here)?.payload == [8])
      #expect(try transaction.claim("q", now: Timestamp(seconds: 49), limit: 1, lease: .seconds(5)).isEmpty)
      // It counts its attempts from the beginning.
      #expect(try transaction.claim("q", now: Timestamp(seconds: 50), limit: 1, lease: .seconds(5)).first?.attempt == 1)
    }
  }

  @Sendable static func claimsUndone(_ store: any Store) async throws {
    let now = Timestamp(seconds: 10)
    try await store.write { (transaction) throws in
      for number in 1...3 { try transaction.schedule(entry("k\(number)", Int64(number), UInt8(number))) }
    }
    let held = try await store.write { try $0.claim("q", now: now, limit: 1, lease: .seconds(60)) }
    await #expect(throws: Undone.self) {
      try await store.write { (transaction) throws in
        #expect(try transaction.claim("q", now: now, limit: 9, lease: .seconds(60)).map(\.entry.payload) == [[2], [3]])
        #expect(try transaction.complete(held[0]))
        throw Undone()
      }
    }
    #expect(try await store.read { try $0.nextDue("q") } == Timestamp(seconds: 2))
    try await store.write { (transaction) throws in
      #expect(throws: Undone.self) {
        try transaction.savepoint {
          #expect(try transaction.claim("q", now: now, limit: 1, lease: .seconds(60)).map(\.entry.payload) == [[2]])
          try transaction.schedule(entry("k1", 5, 9))
          #expect(try transaction.complete(held[0]) == false)
          throw Undone()
        }
      }
      #expect(try transaction.count("q", dueBy: now) == 2)
    }
    try await store.write { (transaction) throws in
      #expect(try transaction.complete(held[0]))
      // Earlier than what is claimed already.
      try transaction.schedule(entry(nil, 0, 4))
      #expect(try transaction.claim("q", now: now, limit: 9, lease: .seconds(60)).map(\.entry.payload) == [[4], [2], [3]])
      #expect(try transaction.claim("q", now: now, limit: 9, lease: .seconds(60)).isEmpty)
      #expect(try transaction.nextDue("q") == Timestamp(seconds: 70))
      // One that is replaced while it is claimed is free, at its new place.
      try transaction.schedule(entry("k3", 1, 5))
      #expect(try transaction.nextDue("q") == Timestamp(seconds: 1))
      #expect(try transaction.cancel("q", key: "k2", in: here))
      #expect(try transaction.claim("q", now: now, limit: 9, lease: .seconds(60)).map(\.entry.payload) == [[5]])
      try transaction.schedule(entry("k2", 3, 6))
      #expect(try transaction.claim("q", now: now, limit: 9, lease: .seconds(60)).map(\.entry.payload) == [[6]])
    }
  }

  @Sendable static func manyClaims(_ store: any Store) async throws {
    try await store.write { for number in 0..<2_000 { try $0.schedule(entry(nil, Int64(number % 10), UInt8(number % 10))) } }
    var claimed: [AgendaTask] = []
    while true {
      let tasks = try await store.write { try $0.claim("q", now: Timestamp(seconds: 10), limit: 300, lease: .seconds(60)) }
      if tasks.isEmpty { break }
      claimed += tasks
    }
    #expect(claimed.count == 2_000 && Set(claimed.map(\.id)).count == 2_000)
    #expect(zip(claimed, claimed.dropFirst()).allSatisfy { ($0.entry.due, $0.id) < ($1.entry.due, $1.id) })
    let tasks = claimed
    try await store.write { (transaction) throws in
      for task in tasks.reversed() { #expect(try transaction.complete(task)) }
      #expect(try transaction.count("q") == 0)
      #expect(try transaction.nextDue("q") == nil)
    }
  }

  @Sendable static func failures(_ store: any Store) async throws {
    let stream = LedgerStream("l", in: here)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<300 {
        group.addTask {
          do {
            try await store.write { (transaction) throws in
              try transaction.append([[UInt8(number % 256)]], to: stream, expected: nil)
              do {
                try transaction.savepoint {
                  try transaction.put(row("inner\(number)"), when: .absent)
                  if number % 7 == 0 { throw Undone() }
                }
              } catch is Undone {}
              try transaction.schedule(entry("k\(number)", 1))
              if number % 5 == 0 { throw Undone() }
            }
          } catch is Undone {}
        }
      }
      try await group.waitForAll()
    }
    let kept = (0..<300).filter { $0 % 5 != 0 }
    try await store.read { (transaction) throws in
      #expect(try transaction.lastSequence(of: stream) == Int64(kept.count))
      #expect(try transaction.records(of: stream, from: 1, limit: 999, descending: false).count == kept.count)
      #expect(try transaction.count("q") == kept.count)
      #expect(try transaction.count("test.thing", in: here, prefix: "inner") == kept.count { $0 % 7 != 0 })
    }
  }

  @Sendable static func ledgersUndone(_ store: any Store) async throws {
    let (kept, made) = (LedgerStream("test/kept", in: here), LedgerStream("test/made", in: here))
    try await store.write { _ = try $0.append([[1]], to: kept, expected: 0) }
    try await store.write { (transaction) throws in
      try transaction.append([[2]], to: kept, expected: 1)
      #expect(throws: Undone.self) {
        try transaction.savepoint {
          try transaction.append([[3], [4]], to: kept, expected: 2)
          try transaction.append([[5]], to: made, expected: 0)
          try transaction.savepoint { try transaction.delete(kept) }
          #expect(try transaction.lastSequence(of: kept) == 0)
          throw Undone()
        }
      }
      #expect(try transaction.lastSequence(of: kept) == 2)
      #expect(try transaction.append([[6]], to: kept, expected: 2) == 3)
      #expect(try transaction.append([[7]], to: made, expected: 0) == 1)
    }
    #expect(try await store.read { try $0.lastSequence(of: kept) } == 3)
    #expect(try await store.read { try $0.records(of: kept, from: 1, limit: 9, descending: false).map(\.body) } == [[1], [2], [6]])
    #expect(try await store.write { try $0.append([[8]], to: kept, expected: 3) } == 4)
  }

  @Sendable static func ledgers(_ store: any Store) async throws {
    let stream = LedgerStream("test/x", in: here)
    try await store.write { (transaction) throws in
      #expect(try transaction.append([[1], [2]], to: stream, expected: 0) == 2)
      #expect(try transaction.append([[3]], to: stream, expected: 2) == 3)
      #expect(throws: StoreFault.sequenceConflict(stream: "test/x", expected: 2, last: 3)) {
        try transaction.append([[4]], to: stream, expected: 2)
      }
      #expect(try transaction.records(of: stream, from: 2, limit: 5, descending: false).map(\.body) == [[2], [3]])
      #expect(try transaction.records(of: stream, from: .max, limit: 2, descending: true).map(\.sequence) == [3, 2])
      try transaction.trim(stream, through: 2)
      #expect(try transaction.records(of: stream, from: 1, limit: 5, descending: false).map(\.sequence) == [3])
      #expect(try transaction.append([[9]], to: stream, expected: nil) == 4)
      try transaction.delete(stream)
      #expect(try transaction.lastSequence(of: stream) == 0)
    }
  }

  @Sendable static func notifications(_ store: any Store) async throws {
    let (told, tell) = AsyncStream<[String: Timestamp]>.makeStream()
    store.onScheduled { tell.yield($0) }
    try await store.write { (transaction) throws in
      try transaction.schedule(entry(nil, 9))
      try transaction.schedule(entry(nil, 7))
      transaction.afterCommit { tell.yield(["after": Timestamp(seconds: 0)]) }
    }
    var heard: [String: Timestamp] = [:]
    for await news in told {
      heard.merge(news) { min($0, $1) }
      if heard.count == 2 { break }
    }
    #expect(heard["q"] == Timestamp(seconds: 7))
  }

  @Sendable static func holds(_ store: any Store) async throws {
    let begin = ContinuousClock.now
    let until = begin + .milliseconds(30)
    try await store.write(holding: CommitHold(until: until) { true }) { (transaction) throws in
      try transaction.put(row("held"), when: .absent)
      // What fails within it leaves nothing, though it had written.
      #expect(throws: StoreFault.readOnly) {
        try transaction.savepoint {
          try transaction.put(row("undone"), when: .absent)
          throw StoreFault.readOnly
        }
      }
    }
    #expect(ContinuousClock.now >= until)
    // One whose instant does not come is told so, and those after it go on.
    await #expect(throws: StoreFault.notDue) {
      try await store.write(holding: CommitHold(until: .now) { false }) { (transaction) throws in
        try transaction.put(row("early"), when: .absent)
        try transaction.schedule(entry(nil, 9))
      }
    }
    #expect(try await store.write { try $0.put(row("next"), when: .absent) } == 1)
    let keys = try await store.read { try $0.page("test.thing", in: here, CatalogQuery(.key(prefix: ""), limit: 9)).map(\.key) }
    #expect(keys == ["held", "next"])
    #expect(try await store.read { try $0.count("q") } == 0)
  }

  @Sendable static func closing(_ store: any Store) async throws {
    await store.close()
    await #expect(throws: StoreFault.closed) { try await store.write { _ in } }
    await #expect(throws: StoreFault.closed) { try await store.read { _ in } }
  }
}
