import Foundation
import Series
import Synchronization
import Testing
import Time

@Suite("Damaged files of logs")
struct LogDamageTests {
  let scratch = Scratch()
  let clock = ManualClock()

  func open(_ change: (inout LogEngine.Limits) -> Void = { _ in }) throws -> LogEngine {
    var limits = LogEngine.Limits()
    (limits.journalBytes, limits.segmentBytes, limits.blockBytes, limits.smallSlabs) = (1 << 20, 3_000, 400, 4)
    change(&limits)
    return try LogEngine(directory: scratch.path, clock: clock, limits: limits)
  }

  /// Three groups with blocks in segments, some of them joined, some written anew after deletions, and events in the journal.
  private func fill() async throws -> [String: [String]] {
    let engine = try open()
    for round in 0..<9 {
      for group in ["a", "b", "c"] {
        for stream in 0..<3 {
          let events = (0..<12).map {
            event(Int64(round * 100 + $0), "\(group) \(stream) round \(round) line \($0) \(round * 7919 % 1_000)")
          }
          _ = try await engine.append(events, group: group, stream: "s\(stream)")
        }
      }
      try await engine.settle()
      if round == 4 { try await engine.deleteStream(group: "b", stream: "s1") }
    }
    for group in ["a", "b", "c"] { _ = try await engine.append([event(5_000, "last of \(group)")], group: group, stream: "s0") }
    let all = try contents(engine)
    await engine.close()
    return all
  }

  private func contents(_ engine: LogEngine) throws -> [String: [String]] {
    var all: [String: [String]] = [:]
    for group in ["a", "b", "c"] {
      for stream in ["s0", "s1", "s2"] { all["\(group)/\(stream)"] = try engine.all(group, stream).map(text) }
      all[group] = try engine.scanAll(group, limit: 50).map(text)
    }
    return all
  }

  /// Everything that was there is there, also after more was appended and moved.
  private func expectWhole(_ all: [String: [String]], isTold: Bool = true) async throws {
    var engine = try open()
    #expect(try contents(engine) == all)
    #expect((engine.backgroundFault?.isDamage ?? false) == isTold)
    _ = try await engine.append([event(9_000, "new")], group: "d", stream: "s0")
    _ = try await engine.append([event(9_000, "new")], group: "a", stream: "s0")
    try await engine.settle()
    await engine.close()
    engine = try open()
    #expect(engine.backgroundFault == nil)
    var more = all
    for key in ["a", "a/s0"] { more[key, default: []].append("new") }
    #expect(try contents(engine) == more && engine.all("d", "s0").map(text) == ["new"])
    await engine.close()
  }

  @Test("a journal loses the damaged record alone, wherever in it the damage is", arguments: 0..<40)
  func journalRecord(seed: UInt64) async throws {
    var engine = try open()
    for number in 0..<20 { _ = try await engine.append([event(Int64(number), "event \(number)")], group: "g", stream: "s") }
    await engine.close()
    let name = (try scratch.journal() as NSString).lastPathComponent
    var random = Seeded(seed + 99)
    let size = try Data(contentsOf: URL(fileURLWithPath: scratch.file(name))).count
    let record = (size - 24) / 20
    let place = Int.random(in: 24..<(size - record), using: &random)
    try scratch.change(name) { $0[place] ^= UInt8(1 << Int.random(in: 0..<8, using: &random)) }
    engine = try open()
    #expect(try engine.all("g", "s").count == 19)
    let told = Mutex<[String]>([])
    engine.onFault { fault in told.withLock { $0.append(fault.message) } }
    #expect(told.withLock { $0.count == 1 && $0[0].contains(name) })
    _ = try await engine.append([event(99, "after")], group: "g", stream: "s")
    await engine.close()
    engine = try open()
    #expect(try engine.all("g", "s").last.map(text) == "after" && engine.all("g", "s").count == 20)
    await engine.close()
  }

  @Test("a journal is read although its head is damaged", arguments: [0, 7, 17, 23])
  func journalHead(place: Int) async throws {
    let all = try await fill()
    let name = (try scratch.journal() as NSString).lastPathComponent
    try scratch.change(name) { $0[place] ^= 0x41 }
    try await expectWhole(all, isTold: place < 16)
  }

  @Test("groups are found again when the catalogue is damaged or gone", arguments: [0, 1, 2, 3, 4])
  func catalogue(kind: Int) async throws {
    let all = try await fill()
    switch kind {
    case 0: try FileManager.default.removeItem(atPath: scratch.file("catalogue"))
    case 1: try scratch.change("catalogue") { $0[3] ^= 1 }
    case 2: try scratch.change("catalogue") { $0[20] ^= 1 }
    case 3: try scratch.change("catalogue") { $0[$0.count - 3] ^= 1 }
    default: try scratch.change("catalogue") { $0 = $0.prefix(30) }
    }
    try await expectWhole(all)
  }

  @Test("an index that is damaged, cut off or gone is put together again out of the segments", arguments: 0..<24)
  func index(seed: UInt64) async throws {
    let all = try await fill()
    var random = Seeded(seed + 5)
    for number in 1...3 {
      let name = "groups/\(number)/index"
      switch seed {
      case 0: try FileManager.default.removeItem(atPath: scratch.file(name))
      case 1: try scratch.change(name) { $0 = $0.prefix(8) }
      case 2: try scratch.change(name) { $0[16] ^= 0x40 }
      case 3: try scratch.change(name) { $0 = $0.prefix($0.count / 2) }
      default:
        try scratch.change(name) { $0[Int.random(in: 18..<$0.count, using: &random)] ^= UInt8(1 << Int.random(in: 0..<8, using: &random)) }
      }
    }
    try await expectWhole(all)
  }

  @Test("what a move that was cut short left in a segment is not there twice")
  func cutShort() async throws {
    let engine = try open()
    for number in 0..<30 { _ = try await engine.append([event(Int64(number), "event \(number)")], group: "a", stream: "s0") }
    try await engine.settle()
    for number in 30..<60 { _ = try await engine.append([event(Int64(number), "event \(number)")], group: "a", stream: "s0") }
    let before = try scratch.copy()
    try await engine.settle()
    await engine.close()
    // The segment has what was moved, the index does not know of it, and the journal is still there.
    for name in scratch.files().keys where name.contains("segment-") {
      try? FileManager.default.removeItem(atPath: "\(before.path)/\(name)")
      try FileManager.default.copyItem(atPath: scratch.file(name), toPath: "\(before.path)/\(name)")
    }
    let again = try LogEngine(directory: before.path, clock: clock)
    #expect(try again.all("a", "s0").map(text) == (0..<60).map { "event \($0)" } && again.backgroundFault == nil)
    try await again.settle()
    #expect(try again.all("a", "s0").map(text) == (0..<60).map { "event \($0)" } && again.backgroundFault == nil)
    await again.close()
  }

  @Test("what was deleted stays deleted when a move was cut short")
  func deletedStaysDeleted() async throws {
    var engine = try open { ($0.segmentBytes, $0.smallSlabs) = (1 << 20, 100) }
    for (place, stream) in ["s2", "s0", "s1", "s0", "s1"].enumerated() {
      let events = (0..<40).map { event(Int64(place * 100 + $0), "\(stream) line \($0) \($0 * 7919 % 1_000) \(place)") }
      _ = try await engine.append(events, group: "a", stream: stream)
      try await engine.settle()
    }
    try await engine.deleteStream(group: "a", stream: "s2")
    #expect(engine.blockCount(group: "a") == 4)
    await engine.close()
    // The deleted block is still in the segment, and a move has left something behind the others.
    try scratch.change("groups/1/segment-1") { $0 += Data(repeating: 0xA7, count: 300) }
    engine = try open()
    #expect(try engine.all("a", "s2").isEmpty && engine.scanAll("a", limit: 50).count == 160 && engine.backgroundFault == nil)
    await engine.close()
  }

  @Test("a damaged block of a segment is left out and told; others can be read, moved, joined and deleted")
  func segment() async throws {
    let all = try await fill()
    let name = try need(scratch.files().keys.filter { $0.hasPrefix("groups/1/segment-") }.min())
    try scratch.change(name) { bytes in for place in 16..<min(bytes.count, 400) { bytes[place] ^= 0xA5 } }
    var engine = try open()
    let left = try contents(engine)
    #expect(left["b"] == all["b"] && left["c"] == all["c"])
    let (mine, before) = (try need(left["a"]), try need(all["a"]))
    #expect(!mine.isEmpty && mine.count < before.count && Set(mine).isSubset(of: Set(before)))
    #expect(engine.backgroundFault?.message.contains(name) == true)
    for round in 0..<6 {
      _ = try await engine.append([event(Int64(7_000 + round), "round \(round)")], group: "a", stream: "s2")
      try await engine.settle()
    }
    try await engine.deleteStream(group: "a", stream: "s0")
    await engine.close()
    engine = try open()
    #expect(try engine.all("a", "s0").isEmpty && engine.all("a", "s2").suffix(6).map(text) == (0..<6).map { "round \($0)" })
    #expect(try engine.all("a", "s1").map(text) == left["a/s1"])
    await engine.close()
  }

  @Test("a segment that is gone or cut off is told, and the rest of its group is read", arguments: [true, false])
  func segmentGone(isGone: Bool) async throws {
    let all = try await fill()
    let name = try need(scratch.files().keys.filter { $0.hasPrefix("groups/2/segment-") }.max())
    if isGone {
      try FileManager.default.removeItem(atPath: scratch.file(name))
    } else {
      try scratch.change(name) { $0 = $0.prefix($0.count / 2) }
    }
    let engine = try open()
    let left = try contents(engine)
    #expect(left["a"] == all["a"] && left["b"]?.contains("last of b") == true && left["b"]?.count ?? 0 < all["b"]?.count ?? 0)
    #expect(engine.backgroundFault?.message.contains(name) == true)
    _ = try await engine.append([event(9_000, "new")], group: "b", stream: "s0")
    try await engine.settle()
    #expect(try engine.all("b", "s0").last.map(text) == "new")
    await engine.close()
  }

  @Test("the folder of a group whose deletion was cut short goes with the next opening")
  func leftFolder() async throws {
    _ = try await fill()
    let copy = try scratch.copy()
    var engine = try open()
    try await engine.deleteGroup("b")
    await engine.close()
    #expect(!FileManager.default.fileExists(atPath: scratch.file("groups/2")))
    try FileManager.default.copyItem(atPath: "\(copy.path)/groups/2", toPath: scratch.file("groups/2"))
    engine = try open()
    #expect(try engine.scanAll("b").isEmpty && engine.backgroundFault == nil)
    await engine.close()
    #expect(!FileManager.default.fileExists(atPath: scratch.file("groups/2")))
  }
}
