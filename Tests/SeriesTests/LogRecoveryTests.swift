import Foundation
import Series
import Testing
import Time

@Suite("Logs after a crash")
struct LogRecoveryTests {
  let clock = ManualClock()

  func open(_ scratch: Scratch, journal: Int = 32 << 20) throws -> LogEngine {
    var limits = LogEngine.Limits()
    (limits.journalBytes, limits.segmentBytes, limits.blockBytes) = (journal, 4_000, 400)
    return try LogEngine(directory: scratch.path, clock: clock, limits: limits)
  }

  @Test("a cut tail loses what was cut and nothing before it, wherever the cut is")
  func cut() async throws {
    let scratch = Scratch()
    let engine = try open(scratch)
    for number in 0..<5 { _ = try await engine.append([event(Int64(number), "event \(number)")], group: "g", stream: "s") }
    await engine.close()
    let whole = try Data(contentsOf: URL(fileURLWithPath: scratch.journal()))
    var kept: Set<Int> = []
    for length in stride(from: whole.count, through: 0, by: -7) {
      let other = try scratch.copy()
      try whole.prefix(length).write(to: URL(fileURLWithPath: other.journal()))
      let again = try open(other)
      let events = try again.all("g", "s").map(text)
      #expect(events == (0..<events.count).map { "event \($0)" })
      kept.insert(events.count)
      _ = try await again.append([event(9, "new")], group: "g", stream: "s")
      await again.close()
      let third = try open(other)
      #expect(try third.all("g", "s").map(text) == events + ["new"])
      await third.close()
    }
    #expect(kept == Set(0...5))
  }

  @Test("a flipped bit loses its record only, or cuts the tail, and never shows what was not written", arguments: 0..<8)
  func flip(seed: UInt64) async throws {
    let scratch = Scratch()
    let engine = try open(scratch)
    for number in 0..<20 { _ = try await engine.append([event(Int64(number), "event \(number)")], group: "g", stream: "s") }
    await engine.close()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.journal()))
    var random = Seeded(seed + 1)
    let place = Int.random(in: 30..<bytes.count, using: &random)
    bytes[place] ^= UInt8(1 << Int.random(in: 0..<8, using: &random))
    try bytes.write(to: URL(fileURLWithPath: scratch.journal()))
    let again = try open(scratch)
    let events = try again.all("g", "s").map(text)
    #expect(events.count < 20)
    #expect(Set(events).isSubset(of: Set((0..<20).map { "event \($0)" })))
    await again.close()
  }

  static let five = (0..<5).map { "event \($0)" }

  @Test("a journal that says it is of another version is read, whatever says so", arguments: [[14], [15], [14, 15], [0, 14, 15]])
  func version(places: [Int]) async throws {
    let scratch = Scratch()
    var engine = try open(scratch)
    for number in 0..<5 { _ = try await engine.append([event(Int64(number), "event \(number)")], group: "g", stream: "s") }
    await engine.close()
    let name = try scratch.journal()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: name))
    for place in places { bytes[place] ^= 0x5A }
    try bytes.write(to: URL(fileURLWithPath: name))
    engine = try open(scratch)
    #expect(engine.backgroundFault?.message.contains(name) == true)
    #expect(try engine.all("g", "s").map(text) == Self.five)
    _ = try await engine.append([event(9, "new")], group: "g", stream: "s")
    try await engine.settle()
    await engine.close()
    engine = try open(scratch)
    #expect(try engine.all("g", "s").map(text) == Self.five + ["new"])
    #expect(engine.backgroundFault == nil)
    await engine.close()
  }

  @Test("a journal of which nothing can be read is set aside as it is, and told until it is removed", arguments: [true, false])
  func aside(isWhole: Bool) async throws {
    let scratch = Scratch()
    var engine = try open(scratch)
    for number in 0..<5 { _ = try await engine.append([event(Int64(number), "event \(number)")], group: "g", stream: "s") }
    try await engine.settle()
    if !isWhole { _ = try await engine.append([event(5, "lost")], group: "g", stream: "s") }
    await engine.close()
    let name = try scratch.journal()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: name))
    // What is behind the head, if anything is, is of no use either.
    for place in bytes.indices where place >= 14 && place < 16 || place >= 24 { bytes[place] ^= 0x5A }
    try bytes.write(to: URL(fileURLWithPath: name))
    let aside = "\(scratch.path)/set-aside-\((name as NSString).lastPathComponent)"
    for round in 0..<2 {
      engine = try open(scratch)
      #expect(engine.backgroundFault?.message.contains("set-aside-journal-") == true)
      #expect(try Data(contentsOf: URL(fileURLWithPath: aside)) == bytes)
      #expect(try engine.all("g", "s").map(text) == Self.five + (0..<round).map { "new \($0)" })
      _ = try await engine.append([event(9, "new \(round)")], group: "g", stream: "s")
      try await engine.settle()
      await engine.close()
    }
    try FileManager.default.removeItem(atPath: aside)
    engine = try open(scratch)
    #expect(try engine.all("g", "s").count == 7)
    #expect(engine.backgroundFault == nil)
    await engine.close()
  }

  @Test("of a journal of another version what can not be read stays beside what could be")
  func partAside() async throws {
    let scratch = Scratch()
    var engine = try open(scratch)
    for number in 0..<5 { _ = try await engine.append([event(Int64(number), "event \(number)")], group: "g", stream: "s") }
    await engine.close()
    let name = try scratch.journal()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: name))
    bytes[14] = 2
    bytes += Data("a record of a version to come".utf8)
    try bytes.write(to: URL(fileURLWithPath: name))
    engine = try open(scratch)
    try await engine.settle()
    _ = try await engine.append([event(9, "new")], group: "g", stream: "s")
    #expect(try engine.all("g", "s").map(text) == Self.five + ["new"])
    try await engine.settle()
    await engine.close()
    #expect(try Data(contentsOf: URL(fileURLWithPath: "\(scratch.path)/set-aside-\((name as NSString).lastPathComponent)")) == bytes)
    engine = try open(scratch)
    #expect(try engine.all("g", "s").count == 6)
    await engine.close()
  }

  @Test("a journal that was moved but not removed is not read twice")
  func movedTwice() async throws {
    let scratch = Scratch()
    var engine = try open(scratch)
    for number in 0..<30 { _ = try await engine.append([event(Int64(number), "event \(number)")], group: "g", stream: "s") }
    await engine.close()
    let name = try scratch.journal()
    let old = try Data(contentsOf: URL(fileURLWithPath: name))
    engine = try open(scratch, journal: 100)
    _ = try await engine.append([event(30, "event 30")], group: "g", stream: "s")
    _ = try await engine.append([event(31, "event 31")], group: "g", stream: "s")
    await engine.close()
    #expect(!FileManager.default.fileExists(atPath: name))
    try old.write(to: URL(fileURLWithPath: name))
    engine = try open(scratch)
    #expect(try engine.all("g", "s").map(text) == (0..<32).map { "event \($0)" })
    await engine.close()
    #expect(!FileManager.default.fileExists(atPath: name))
  }

  @Test("a full journal that was not moved is moved after opening")
  func movedLate() async throws {
    let scratch = Scratch()
    var engine = try open(scratch)
    for number in 0..<30 { _ = try await engine.append([event(Int64(number), "event \(number)")], group: "g", stream: "s") }
    await engine.close()
    let (name, copy) = (try scratch.journal(), try scratch.copy())
    engine = try open(copy, journal: 100)
    _ = try await engine.append([event(30, "event 30")], group: "g", stream: "s")
    await engine.close()
    // As if the process had ended before the index was written: the folder of the group is empty, both journals are there.
    let next = try copy.journal()
    try FileManager.default.copyItem(atPath: next, toPath: "\(scratch.path)/\((next as NSString).lastPathComponent)")
    engine = try open(scratch)
    #expect(try engine.all("g", "s").count == 31)
    await engine.close()
    #expect(!FileManager.default.fileExists(atPath: name))
    engine = try open(scratch)
    #expect(try engine.all("g", "s").map(text) == (0..<31).map { "event \($0)" })
    await engine.close()
  }

  @Test("numbers go on where the journals are gone")
  func withoutJournals() async throws {
    let scratch = Scratch()
    var engine = try open(scratch)
    for number in 0..<5 { _ = try await engine.append([event(Int64(number), "event \(number)")], group: "g", stream: "s") }
    try await engine.settle()
    await engine.close()
    for name in scratch.files().keys where name.hasPrefix("journal-") {
      try FileManager.default.removeItem(atPath: "\(scratch.path)/\(name)")
    }
    for round in 0..<3 {
      engine = try open(scratch)
      #expect(try engine.all("g", "s").count == 5 + round)
      #expect(engine.lastSequence >= 5)
      _ = try await engine.append([event(9, "new \(round)")], group: "g", stream: "s")
      if round == 1 { try await engine.settle() }
      await engine.close()
    }
  }
}
