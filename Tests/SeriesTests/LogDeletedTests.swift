import Foundation
import Series
import Testing
import Time

/// What was deleted does not come back, whatever of a group's files is damaged.
@Suite("Deleted logs in damaged files")
struct LogDeletedTests {
  let scratch = Scratch()
  let clock = ManualClock()

  func open() throws -> LogEngine {
    var limits = LogEngine.Limits()
    // All blocks of a group stay in one segment, which is too full to be written anew.
    (limits.journalBytes, limits.segmentBytes, limits.blockBytes, limits.smallSlabs) = (1 << 20, 1 << 20, 400, 100)
    return try LogEngine(directory: scratch.path, clock: clock, limits: limits)
  }

  /// Eight streams, of which one was deleted and another one's older half; answers what is left.
  private func fill() async throws -> [String] {
    let engine = try open()
    for round in 0..<6 {
      for stream in 0..<8 {
        // The oldest block of one stream alone is old.
        let start = round == 0 && stream == 5 ? 0 : 10_000 + round * 100
        let events = (0..<10).map { event(Int64(start + $0), "s\(stream) round \(round) line \($0) \($0 * 7919 % 1_000)") }
        _ = try await engine.append(events, group: "g", stream: "s\(stream)")
      }
      try await engine.settle()
      if round == 3 { try await engine.deleteStream(group: "g", stream: "s2") }
      if round == 4 { try await engine.expire(group: "g", before: Timestamp(milliseconds: 5_000)) }
    }
    let all = try engine.scanAll("g", limit: 50).map(text)
    #expect(all.count == 430)
    #expect(scratch.files().keys.contains("groups/1/deleted"))
    await engine.close()
    return all
  }

  private func expect(_ all: [String]) async throws {
    for round in 0..<2 {
      let engine = try open()
      #expect(try engine.scanAll("g", limit: 50).map(text) == all)
      _ = try await engine.append([event(Int64(90_000 + round), "other")], group: "h", stream: "s2")
      try await engine.settle()
      await engine.close()
    }
  }

  @Test("stay deleted when the index is damaged anywhere", arguments: 0..<24)
  func index(seed: UInt64) async throws {
    let all = try await fill()
    var random = Seeded(seed + 71)
    try scratch.change("groups/1/index") { bytes in
      switch seed {
      case 0: bytes = bytes.prefix(8)
      case 1: for place in 18..<bytes.count { bytes[place] = 0 }
      case 2: for place in 16..<bytes.count { bytes[place] ^= 0xFF }
      case 3: bytes[14] ^= 7
      case 4: bytes = bytes.prefix(bytes.count * 3 / 5)
      default:
        for _ in 0..<4 { bytes[Int.random(in: 18..<bytes.count, using: &random)] ^= UInt8(1 << Int.random(in: 0..<8, using: &random)) }
      }
    }
    try await expect(all)
  }

  @Test("stay deleted when their own file is damaged or gone", arguments: 0..<8)
  func deletions(seed: UInt64) async throws {
    let all = try await fill()
    var random = Seeded(seed + 7)
    if seed == 0 {
      try FileManager.default.removeItem(atPath: scratch.file("groups/1/deleted"))
    } else {
      try scratch.change("groups/1/deleted") { bytes in
        bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8(1 << Int.random(in: 0..<8, using: &random))
      }
    }
    try await expect(all)
  }

  @Test("stay deleted when the index and one of their own files are gone", arguments: ["deleted", "deleted-copy"])
  func copy(name: String) async throws {
    let all = try await fill()
    try FileManager.default.removeItem(atPath: scratch.file("groups/1/index"))
    try scratch.change("groups/1/\(name)") { bytes in for place in bytes.indices { bytes[place] ^= 0x33 } }
    try await expect(all)
    // The one was made whole by the other.
    let (one, other) = (scratch.file("groups/1/deleted"), scratch.file("groups/1/deleted-copy"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: one)) == Data(contentsOf: URL(fileURLWithPath: other)))
  }

  @Test("events of a stream that was deleted and written again are there, and those before are not")
  func again() async throws {
    _ = try await fill()
    var engine = try open()
    _ = try await engine.append([event(20_000, "born again")], group: "g", stream: "s2")
    try await engine.settle()
    await engine.close()
    try FileManager.default.removeItem(atPath: scratch.file("groups/1/index"))
    engine = try open()
    let found = try engine.all("g", "s2").map(text)
    #expect(found.last == "born again")
    #expect(found.count == 21)
    await engine.close()
  }

  @Test("are forgotten when no segment has anything of them any longer")
  func forgotten() async throws {
    _ = try await fill()
    let engine = try open()
    for stream in [0, 1, 3, 4] { try await engine.deleteStream(group: "g", stream: "s\(stream)") }
    #expect(!scratch.files().keys.contains("groups/1/deleted"))
    #expect(try engine.scanAll("g", limit: 50).count == 190)
    await engine.close()
    try FileManager.default.removeItem(atPath: scratch.file("groups/1/index"))
    let other = try open()
    #expect(try other.scanAll("g", limit: 50).count == 190)
    await other.close()
  }
}
