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

/// What a restart, a killed supervisor and folders that are used again must not change.
@Suite struct RecoveryTests {
  private func lines(_ shop: Workshop, _ id: String, _ count: Int = 1) async -> [String] {
    for _ in 0..<1_000 where shop.lines(id).count < count { try? await Task.sleep(for: .milliseconds(5)) }
    return shop.lines(id)
  }

  private func startAgain(_ shop: Workshop, _ id: String, _ command: [String]) async throws {
    for _ in 0..<200 {
      do { return try await shop.start(id, command) } catch { try await Task.sleep(for: .milliseconds(20)) }
    }
    try await shop.start(id, command)
  }

  @Test func aMemoryLimitHoldsAfterARestart() async throws {
    let first = try await Workshop()
    first.follow()
    let script = """
      import os, time
      print('ready', flush=True)
      while not os.path.exists('\(first.folder)/go'): time.sleep(0.02)
      x = b'x' * (200 << 20)
      time.sleep(30)
      """
    try await first.start("hungry", ["python3", "-c", script], memoryMiB: 64)
    #expect(await lines(first, "hungry") == ["ready"])
    await first.leave()
    let second = try await Workshop(folder: first.folder)
    second.follow()
    _ = FileManager.default.createFile(atPath: first.folder + "/go", contents: nil)
    #expect(await second.exit("hungry")?.reason == .outOfMemory(limitMiB: 64))
    await second.close()
  }

  @Test func whatAKilledNurseryLeftCanBeStopped() async throws {
    let shop = try await Workshop()
    shop.follow()
    try await shop.start("orphan", ["sh", "-c", "echo $PPID; echo $$; exec sleep 60"])
    let pids = await lines(shop, "orphan", 2).compactMap { Int32($0) }
    try #require(pids.count == 2)
    kill(pids[0], SIGKILL)
    try await startAgain(shop, "next", ["true"])
    #expect(await shop.exit("next")?.reason == .exited(code: 0))
    #expect(kill(pids[1], 0) == 0)
    await shop.engine.stop("orphan", grace: .seconds(5))
    guard case .lost? = await shop.exit("orphan")?.reason else { throw Wrong() }
    await shop.close()
  }

  @Test func anAttemptOfWhichOnlyTheFolderIsLeftIsLost() async throws {
    let shop = try await Workshop()
    shop.follow()
    try FileManager.default.createDirectory(atPath: shop.folder + "/attempts/ghost", withIntermediateDirectories: true)
    try await shop.start("ghost", ["true"])
    guard case .lost? = await shop.exit("ghost")?.reason else { throw Wrong() }
    await shop.close()
  }

  @Test func aFolderThatIsUsedAgainShowsNothingOfTheOneBefore() async throws {
    let shop = try await Workshop()
    shop.follow()
    for number in 0..<20 {
      try await shop.start("j.\(number)", ["sh", "-c", "ls -A; echo \(number); exit \(number)"])
      #expect(await shop.exit("j.\(number)")?.reason == .exited(code: Int32(number)))
      #expect(shop.lines("j.\(number)") == ["\(number)"])
      await shop.engine.release("j.\(number)")
    }
    try await shop.start("litter", ["sh", "-c", "touch left .hidden"])
    _ = await shop.exit("litter")
    await shop.engine.release("litter")
    try await shop.start("clean", ["ls", "-A"])
    _ = await shop.exit("clean")
    #expect(shop.lines("clean") == [])
    #expect(await !shop.engine.knows("litter"))
    await shop.close()
  }

  @Test func aProcessLeftBehindDoesNotWriteIntoAnotherJob() async throws {
    let shop = try await Workshop()
    shop.follow()
    try await shop.start(
      "parent",
      ["sh", "-c", "setsid sh -c 'echo up; while [ ! -e \(shop.folder)/go ]; do sleep 0.02; done; echo late; touch late' & sleep 0.2"])
    #expect(await shop.exit("parent")?.reason == .exited(code: 0))
    #expect(shop.lines("parent") == ["up"])
    await shop.engine.release("parent")
    try await shop.start("other", ["sh", "-c", "touch \(shop.folder)/go; sleep 0.3; ls -A"])
    #expect(await shop.exit("other")?.reason == .exited(code: 0))
    #expect(shop.lines("other") == [])
    await shop.close()
  }

  @Test func whoTakesSlowlyDelaysOnlyTheSameAttempt() async throws {
    let nursery = try #require(LocalExecution.nurseryPath())
    let folder = "/tmp/martlet-test-\(UInt64.random(in: 0...UInt64.max))"
    let engine = try await LocalExecution(directory: folder, nursery: nursery, clock: SystemClock(), logger: Logger(label: "test"))
    let (gate, open) = AsyncStream<Void>.makeStream()
    let (ends, ended) = AsyncStream<String>.makeStream()
    let loop = Task {
      try await engine.run { event in
        switch event {
        case .output("slow", _): for await _ in gate { break }
        case .exited(let id, _): ended.yield(id)
        default: break
        }
      }
    }
    for id in ["slow", "quick"] {
      try await engine.start(
        Attempt(
          id: id, command: ["echo", id], environment: ["PATH": "/usr/bin:/bin"], workingDirectory: nil, cpus: 1, memoryMiB: 0))
    }
    var order = ends.makeAsyncIterator()
    #expect(await order.next() == "quick")
    open.yield()
    #expect(await order.next() == "slow")
    await engine.shutdown(stopJobs: true)
    loop.cancel()
    try? FileManager.default.removeItem(atPath: folder)
  }

  @Test func whatIsNotTakenIsDeliveredAgain() async throws {
    let nursery = try #require(LocalExecution.nurseryPath())
    let folder = "/tmp/martlet-test-\(UInt64.random(in: 0...UInt64.max))"
    let engine = try await LocalExecution(directory: folder, nursery: nursery, clock: SystemClock(), logger: Logger(label: "test"))
    let failures = Mutex(1)
    let (taken, take) = AsyncStream<String>.makeStream()
    let loop = Task {
      try await engine.run { event in
        if case .exited = event { take.yield("end") }
        guard case .output(_, let lines) = event else { return }
        let fails = failures.withLock { left in
          left -= 1
          return left >= 0
        }
        if fails { throw CancellationError() }
        for line in lines { take.yield(line.text) }
      }
    }
    try await engine.start(
      Attempt(
        id: "a", command: ["echo", "once"], environment: ["PATH": "/usr/bin:/bin"], workingDirectory: nil, cpus: 1, memoryMiB: 0))
    var lines = taken.makeAsyncIterator()
    #expect(await lines.next() == "once")
    #expect(await lines.next() == "end")
    await engine.shutdown(stopJobs: true)
    loop.cancel()
    try? FileManager.default.removeItem(atPath: folder)
  }

  @Test func anEngineThatStopsItsJobsStopsItsNursery() async throws {
    let shop = try await Workshop()
    shop.follow()
    try await shop.start("job", ["sh", "-c", "echo $PPID; sleep 60"])
    let nursery = try #require(await lines(shop, "job").first.flatMap { Int32($0) })
    await shop.close()
    for _ in 0..<400 where kill(nursery, 0) == 0 { try await Task.sleep(for: .milliseconds(5)) }
    #expect(kill(nursery, 0) != 0)
  }

  @Test func muchOutputComesWholeAndInOrder() async throws {
    let shop = try await Workshop()
    shop.follow()
    try await shop.start("many", ["seq", "1", "100000"])
    #expect(await shop.exit("many")?.reason == .exited(code: 0))
    #expect(shop.lines("many") == (1...100_000).map(String.init))
    await shop.close()
  }
}
