import Execution
import FoundationEssentials
import LocalExecution
import Logging
import Synchronization
import Testing
import Time

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An engine on a folder of its own, with all its events written down.
final class Workshop: Sendable {
  let folder: String
  let engine: LocalExecution
  private let events = Mutex<[ExecutionEvent]>([])
  private let loop = Mutex<Task<Void, any Error>?>(nil)

  init(folder: String? = nil) async throws {
    let nursery = try #require(LocalExecution.nurseryPath())
    self.folder = folder ?? "/tmp/martlet-test-\(UInt64.random(in: 0...UInt64.max))"
    engine = try await LocalExecution(
      directory: self.folder, nursery: nursery, clock: SystemClock(), logger: Logger(label: "test"), sampleEvery: .milliseconds(200))
  }

  func follow() {
    let engine = engine
    loop.withLock { $0 = Task { try await engine.run { event in self.events.withLock { $0.append(event) } } } }
  }

  var seen: [ExecutionEvent] { events.withLock { $0 } }

  func start(_ id: String, _ command: [String], _ environment: [String: String] = ["PATH": "/usr/bin:/bin"], memoryMiB: Int = 0)
    async throws
  {
    try await engine.start(
      Attempt(id: id, command: command, environment: environment, workingDirectory: nil, cpus: 1, memoryMiB: memoryMiB))
  }

  func exit(_ id: String) async -> ExitReport? {
    for _ in 0..<1_000 {
      for case .exited(id, let report) in seen { return report }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return nil
  }

  func lines(_ id: String) -> [String] {
    seen.flatMap { event -> [String] in if case .output(id, let lines) = event { lines.map(\.text) } else { [] } }
  }

  /// Ends this engine as a killed server would: jobs run on.
  func leave() async {
    await engine.shutdown(stopJobs: false)
    loop.withLock { $0?.cancel() }
  }

  func close() async {
    await engine.shutdown(stopJobs: true)
    loop.withLock { $0?.cancel() }
    try? FileManager.default.removeItem(atPath: folder)
  }
}

@Suite struct LocalExecutionTests {
  @Test func codesSignalsAndOutput() async throws {
    let shop = try await Workshop()
    shop.follow()
    try await shop.start("a.1", ["sh", "-c", "echo one; echo two >&2; printf three; exit 3"])
    try await shop.start("b.1", ["sh", "-c", "kill -TERM $$"])
    #expect(await shop.exit("a.1")?.reason == .exited(code: 3))
    #expect(await shop.exit("b.1")?.reason == .signaled(15))
    #expect(shop.lines("a.1") == ["one", "two", "three"])
    #expect(await shop.engine.running().isEmpty)
    #expect(await shop.engine.knows("a.1"))
    await shop.engine.release("a.1")
    #expect(await !shop.engine.knows("a.1"))
    await shop.close()
  }

  @Test func theEnvironmentIsExactlyWhatWasGiven() async throws {
    let shop = try await Workshop()
    shop.follow()
    try await shop.start("env", ["/usr/bin/env"], ["A": "1", "B": "two words"])
    _ = await shop.exit("env")
    #expect(shop.lines("env").filter { !$0.hasPrefix("_=") }.sorted() == ["A=1", "B=two words"])
    await shop.close()
  }

  @Test func nothingRunsTwice() async throws {
    let shop = try await Workshop()
    shop.follow()
    let mark = shop.folder + "/mark"
    for _ in 0..<3 { try await shop.start("once", ["sh", "-c", "echo x >> \(mark)"]) }
    _ = await shop.exit("once")
    try await shop.start("once", ["sh", "-c", "echo x >> \(mark)"])
    #expect(FileManager.default.contents(atPath: mark).map { String(decoding: $0, as: UTF8.self) } == "x\n")
    await shop.close()
  }

  @Test func commandsThatDoNotExistSaySo() async throws {
    let shop = try await Workshop()
    shop.follow()
    try await shop.start("none", ["/no/such/program"])
    try await shop.start("nowhere", ["no-such-program-anywhere"])
    guard case .neverStarted(let message)? = await shop.exit("none")?.reason else { throw Wrong() }
    #expect(message.contains("/no/such/program"))
    guard case .neverStarted? = await shop.exit("nowhere")?.reason else { throw Wrong() }
    await shop.close()
  }

  @Test func stoppingEndsTheWholeGroup() async throws {
    let shop = try await Workshop()
    shop.follow()
    let mark = shop.folder + "/child"
    try await shop.start("group", ["sh", "-c", "trap '' TERM; sleep 60 & echo $! > \(mark); echo ready; wait; sleep 60"])
    for _ in 0..<500 where shop.lines("group").isEmpty { try await Task.sleep(for: .milliseconds(10)) }
    await shop.engine.stop("group", grace: .milliseconds(100))
    #expect(await shop.exit("group")?.reason == .signaled(9))
    let child = try #require(FileManager.default.contents(atPath: mark).flatMap { Int32(String(decoding: $0, as: UTF8.self).dropLast()) })
    for _ in 0..<200 where kill(child, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(kill(child, 0) != 0)
    await shop.close()
  }

  @Test func aNewEngineFindsWhatRunsAndWhatEnded() async throws {
    let first = try await Workshop()
    first.follow()
    try await first.start("long", ["sh", "-c", "echo before; while [ ! -e \(first.folder)/go ]; do sleep 0.02; done; echo after; exit 5"])
    try await first.start("short", ["sh", "-c", "echo here; while [ ! -e \(first.folder)/quick ]; do sleep 0.02; done; exit 6"])
    for _ in 0..<500 where first.lines("long").isEmpty { try await Task.sleep(for: .milliseconds(10)) }
    await first.leave()
    _ = FileManager.default.createFile(atPath: first.folder + "/quick", contents: nil)
    try await Task.sleep(for: .milliseconds(100))
    let second = try await Workshop(folder: first.folder)
    second.follow()
    #expect(await second.exit("short")?.reason == .exited(code: 6))
    _ = FileManager.default.createFile(atPath: first.folder + "/go", contents: nil)
    #expect(await second.exit("long")?.reason == .exited(code: 5))
    #expect(second.lines("long").last == "after")
    #expect(second.seen.contains { if case .started("long", _, _) = $0 { true } else { false } })
    await second.close()
  }

  @Test func aKilledNurseryLosesOnlyHowItsJobsEnd() async throws {
    let shop = try await Workshop()
    shop.follow()
    let go = shop.folder + "/go"
    try await shop.start("orphan", ["sh", "-c", "echo $PPID; while [ ! -e \(go) ]; do sleep 0.02; done"])
    for _ in 0..<500 where shop.lines("orphan").isEmpty { try await Task.sleep(for: .milliseconds(10)) }
    let nursery = try #require(Int32(shop.lines("orphan")[0]))
    kill(nursery, SIGKILL)
    _ = FileManager.default.createFile(atPath: go, contents: nil)
    let reason = await shop.exit("orphan")?.reason
    guard case .lost? = reason else {
      Issue.record("\(String(describing: reason)) \(shop.seen)")
      return
    }
    // And the next job runs under a new one.
    for _ in 0..<100 {
      do {
        try await shop.start("next", ["true"])
        break
      } catch { try await Task.sleep(for: .milliseconds(20)) }
    }
    #expect(await shop.exit("next")?.reason == .exited(code: 0))
    await shop.close()
  }

  @Test func tooMuchMemoryEndsIt() async throws {
    let shop = try await Workshop()
    shop.follow()
    try await shop.start(
      "hungry", ["python3", "-c", "x = bytearray(200 << 20); x[::4096] = b'x' * len(x[::4096]); import time; time.sleep(30)"], memoryMiB: 64
    )
    #expect(await shop.exit("hungry")?.reason == .outOfMemory(limitMiB: 64))
    await shop.close()
  }

  @Test func badBytesAreRepairedAndLongLinesSplit() async throws {
    let shop = try await Workshop()
    shop.follow()
    try await shop.start("bytes", ["python3", "-c", "import os; os.write(1, b'a\\xffb\\r\\n' + b'z' * 300000 + b'\\n')"])
    _ = await shop.exit("bytes")
    let lines = shop.lines("bytes")
    #expect(lines.first == "a\u{FFFD}b")
    #expect(lines.dropFirst().map(\.utf8.count).reduce(0, +) == 300_000)
    #expect(lines.allSatisfy { $0.utf8.count <= 262_144 })
    await shop.close()
  }

  @Test func samplesTellWhatAJobUses() async throws {
    let shop = try await Workshop()
    shop.follow()
    let done = shop.folder + "/done"
    try await shop.start("busy", ["python3", "-c", "import os\nwhile not os.path.exists('\(done)'): pass"])
    func isTold(_ event: ExecutionEvent) -> Bool {
      guard case .sample("busy", let sample) = event else { return false }
      return sample.cpuSeconds > 0 && sample.memoryBytes > 1 << 20 && sample.processes == 1
    }
    for _ in 0..<2_000 where !shop.seen.contains(where: isTold) { try await Task.sleep(for: .milliseconds(10)) }
    #expect(shop.seen.contains(where: isTold))
    _ = FileManager.default.createFile(atPath: done, contents: nil)
    #expect(await shop.exit("busy")?.reason == .exited(code: 0), "\(shop.lines("busy"))")
    await shop.close()
  }

  @Test func namesFromOutsideAreNoPaths() async throws {
    let shop = try await Workshop()
    for id in ["", "../x", ".hidden", "a/b", "a b", String(repeating: "x", count: 129)] {
      await #expect(throws: ExecutionFault.self) { try await shop.start(id, ["true"]) }
    }
    await shop.close()
  }

  @Test func nonsenseOnTheSocketHarmsNobody() async throws {
    let shop = try await Workshop()
    shop.follow()
    var generator = SystemRandomNumberGenerator()
    for round in 0..<20 {
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: (shop.folder + "/nursery.sock").utf8) }
      let connected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
      }
      #expect(connected == 0)
      var bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) }
      // A good length now and then, so that the rest is looked at.
      if round % 2 == 0 { bytes.replaceSubrange(0..<5, with: [60, 0, 0, 0, UInt8(round % 4)]) }
      _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      close(descriptor)
    }
    try await shop.start("fine", ["true"])
    #expect(await shop.exit("fine")?.reason == .exited(code: 0))
    await shop.close()
  }
}

struct Wrong: Error {}
