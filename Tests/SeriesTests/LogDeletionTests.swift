import Foundation
import Series
import Testing
import Time

@Suite("Deleting logs")
struct LogDeletionTests {
  let scratch = Scratch()
  let clock = ManualClock()

  func open(journal: Int = 3_000) throws -> LogEngine {
    var limits = LogEngine.Limits()
    (limits.journalBytes, limits.segmentBytes, limits.blockBytes) = (journal, 5_000, 500)
    return try LogEngine(directory: scratch.path, clock: clock, limits: limits)
  }

  func fill(_ engine: LogEngine, _ rounds: Int = 100) async throws {
    // Nothing that becomes much smaller when it is moved.
    var random = Seeded(7)
    for round in 0..<rounds {
      for group in ["g1", "g2"] {
        let text = String((0..<90).map { _ in "abcdefghijklmnopqrstuvwxyz0123456789_-".randomElement(using: &random) ?? "x" })
        _ = try await engine.append([event(Int64(round), text)], group: group, stream: "s\(round % 2)")
      }
    }
  }

  func segmentBytes() -> Int { scratch.files().filter { $0.key.contains("segment-") }.values.reduce(0, +) }

  @Test("a group's files go, others stay, and the name can be used again")
  func group() async throws {
    var engine = try open()
    try await fill(engine)
    await engine.close()
    engine = try open()
    let before = segmentBytes()
    try await engine.deleteGroup("g1")
    #expect(segmentBytes() < before * 6 / 10)
    #expect(engine.streams(group: "g1").isEmpty)
    _ = try await engine.append([event(1, "again")], group: "g1", stream: "s0")
    try await engine.deleteGroup("never was")
    await engine.close()
    engine = try open()
    #expect(try engine.scanAll("g1").map(text) == ["again"])
    #expect(try engine.scanAll("g2").count == 100)
    await engine.close()
    #expect(engine.backgroundFault == nil)
  }

  @Test("a stream goes with its disk")
  func stream() async throws {
    var engine = try open()
    try await fill(engine)
    let before = segmentBytes()
    try await engine.deleteStream(group: "g1", stream: "s0")
    try await engine.deleteStream(group: "g2", stream: "s0")
    #expect(try engine.all("g1", "s0").isEmpty)
    #expect(try engine.all("g1", "s1").count == 50)
    _ = try await engine.append([event(7, "again")], group: "g1", stream: "s0")
    try await engine.deleteStream(group: "g2", stream: "s1")
    #expect(segmentBytes() < before / 2)
    await engine.close()
    engine = try open()
    #expect(try engine.all("g1", "s0").map(text) == ["again"])
    #expect(try engine.all("g1", "s1").count == 50)
    #expect(try engine.scanAll("g2").isEmpty)
    await engine.close()
    #expect(engine.backgroundFault == nil)
  }

  @Test("a deletion up to a number leaves what came later, and again after opening anew")
  func streamThrough() async throws {
    var engine = try open()
    _ = try await engine.append([event(1, "old")], group: "g", stream: "s")
    let through = engine.lastSequence
    _ = try await engine.append([event(2, "new")], group: "g", stream: "s")
    try await engine.deleteStream(group: "g", stream: "s", through: through)
    try await engine.deleteStream(group: "g", stream: "s", through: through)
    #expect(try engine.all("g", "s").map(text) == ["new"])
    await engine.close()
    engine = try open()
    #expect(try engine.all("g", "s").map(text) == ["new"] && engine.has(group: "g") && !engine.has(group: "h"))
    await engine.close()
  }

  @Test("what is too old goes with its disk, younger events stay")
  func expiry() async throws {
    var engine = try open()
    try await fill(engine, 200)
    let before = segmentBytes()
    try await engine.expire(group: "g1", before: Timestamp(milliseconds: 180))
    try await engine.expire(group: "g2", before: Timestamp(milliseconds: 180))
    #expect(segmentBytes() < before / 2)
    for round in 0..<2 {
      let events = try engine.scanAll("g\(round + 1)")
      #expect(events.filter { $0.timestamp >= Timestamp(milliseconds: 180) }.count == 20)
      #expect(events.count < 60)
      if round == 0 {
        await engine.close()
        engine = try open()
      }
    }
    await engine.close()
  }
}
