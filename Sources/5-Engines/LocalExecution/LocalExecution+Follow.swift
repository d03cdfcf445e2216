import Execution
import Logging
import Synchronization
import Time

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// From an attempt's files to its events.
extension LocalExecution {
  /// How long output gathers before it is delivered.
  private static let gathering = Duration.milliseconds(50)
  /// How often memory is compared with its limits, from the age on from which that is done.
  private static let memoryCheck = Duration.milliseconds(500)

  package func run(deliver: @escaping @Sendable (ExecutionEvent) async throws -> Void) async throws {
    state.withLock { $0.deliver = deliver }
    for folder in AttemptFolder.all(in: folder) { follow(folder, memoryMiB: 0) }
    for id in state.withLock({ Array($0.followed.keys) }) { beginFollowing(id) }
    // What ended while nobody was connected is known by the list.
    askForList()
    let forever = AsyncStream<Never> { _ in }
    for await _ in forever {}
    let followers = state.withLock { state in
      state.deliver = nil
      return state.followed.values.compactMap(\.follower)
    }
    for follower in followers { follower.cancel() }
    throw CancellationError()
  }

  /// Takes an attempt up, whether it has just been started or was found.
  func follow(_ attempt: AttemptFolder, memoryMiB: Int) {
    let isNew = state.withLock { state in
      if state.followed[attempt.id] != nil {
        if memoryMiB > 0 { state.followed[attempt.id]?.memoryMiB = memoryMiB }
        return false
      }
      let (stream, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
      state.followed[attempt.id] = Followed(memoryMiB: memoryMiB, process: attempt.process(), wake: wake, stream: stream)
      return true
    }
    guard isNew else { return }
    // Watched first and looked at then, so that no end falls between.
    let watch = inotify_add_watch(inotify, attempt.output, UInt32(IN_MODIFY))
    if watch >= 0 {
      state.withLock { state in
        state.followed[attempt.id]?.watch = watch
        state.watches[watch] = attempt.id
      }
    }
    if attempt.exit() != nil { ended(attempt.id) }
    beginFollowing(attempt.id)
    sample()
  }

  private func beginFollowing(_ id: String) {
    state.withLock { state in
      guard let deliver = state.deliver, let followed = state.followed[id], followed.follower == nil, !state.isClosed else { return }
      followed.wake.yield()
      state.followed[id]?.follower = Task { [weak self] in await self?.deliverEvents(of: id, followed.stream, deliver) }
    }
  }

  private func deliverEvents(
    of id: String, _ wakes: AsyncStream<Void>, _ deliver: @Sendable (ExecutionEvent) async throws -> Void
  ) async {
    let attempt = AttemptFolder(id, in: folder)
    if let process = attempt.process() {
      await insist { try await deliver(.started(id: id, pid: process.pid, at: process.started)) }
    }
    var reader = OutputReader(path: attempt.output, offset: attempt.delivered())
    for await _ in wakes {
      guard let followed = state.withLock({ $0.followed[id] }) else { return }
      while true {
        let lines = reader.read(isEnded: followed.hasEnded, at: clock.now())
        if lines.isEmpty { break }
        await insist { try await deliver(.output(id: id, lines: lines)) }
        if Task.isCancelled { return }
        attempt.setDelivered(reader.offset)
      }
      if followed.hasEnded {
        let report = report(attempt, followed)
        await insist { try await deliver(.exited(id: id, report)) }
        return
      }
      try? await clock.sleep(until: clock.now() + Self.gathering)
      if Task.isCancelled { return }
    }
  }

  private func report(_ attempt: AttemptFolder, _ followed: Followed) -> ExitReport {
    if let report = attempt.exit() { return report }
    return ExitReport(
      at: clock.now(), startedAt: attempt.process()?.started ?? followed.process?.started,
      reason: .lost(followed.loss ?? "nothing was written of its end"), peakMemoryBytes: nil, cpuSeconds: nil)
  }

  /// Delivers until it is taken: events are never dropped because their taker failed.
  private func insist(_ body: () async throws -> Void) async {
    while !Task.isCancelled {
      do {
        try await body()
        return
      } catch is CancellationError {
        return
      } catch {
        log.error("an event of a job was not taken; it is delivered again", metadata: ["error": "\(error)"])
        try? await clock.sleep(until: clock.now() + .seconds(1))
      }
    }
  }

  /// Tells the followers of outputs that have grown.
  func outputChanged() {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    let count = read(inotify, &buffer, buffer.count)
    guard count > 0 else { return }
    var position = 0
    let size = MemoryLayout<inotify_event>.size
    state.withLock { state in
      while position + size <= count {
        let event = buffer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: inotify_event.self) }
        if let id = state.watches[event.wd] { state.followed[id]?.wake.yield() }
        position += size + Int(event.len)
      }
    }
  }

  // MARK: Samples

  /// One loop while anything runs; none while nothing does.
  private func sample() {
    let begins = state.withLock { state in
      if state.isSampling || state.isClosed { return false }
      state.isSampling = true
      return true
    }
    guard begins else { return }
    let (clock, every) = (clock, sampleEvery)
    Task { [weak self] in
      // Most jobs are over before anybody needs to look.
      var next = clock.now() + .seconds(1)
      var report = clock.now() + every
      while true {
        try? await clock.sleep(until: next)
        guard let self, self.look(reporting: clock.now() >= report) else { return }
        if clock.now() >= report { report = clock.now() + every }
        let limited = self.state.withLock { $0.followed.values.contains { !$0.hasEnded && $0.memoryMiB > 0 } }
        next = min(report, clock.now() + (limited ? Self.memoryCheck : every))
      }
    }
  }

  /// Compares memory with limits and, when it is time, delivers samples; false when nothing runs any more.
  private func look(reporting: Bool) -> Bool {
    let running = state.withLock { state -> [(id: String, pid: Int32, memoryMiB: Int)] in
      let running = state.followed.filter { !$0.value.hasEnded }
      if running.isEmpty || state.isClosed {
        state.isSampling = false
        return []
      }
      return running.compactMap { id, followed in
        (followed.process ?? AttemptFolder(id, in: folder).process()).map { (id, $0.pid, followed.memoryMiB) }
      }
    }
    if running.isEmpty { return state.withLock { $0.isSampling } }
    let usage = ProcessTable.usage(of: Set(running.map(\.pid)))
    let now = clock.now()
    for job in running {
      guard let used = usage[job.pid] else { continue }
      if job.memoryMiB > 0, used.memoryBytes > job.memoryMiB << 20 {
        AttemptFolder(job.id, in: folder).markOutOfMemory(limitMiB: job.memoryMiB)
        signal(job.id, SIGKILL)
      }
      if reporting { deliverSample(job.id, used, now) }
    }
    return true
  }

  private func deliverSample(_ id: String, _ used: SessionUsage, _ now: Timestamp) {
    let prepared = state.withLock { state -> (last: (at: Timestamp, cpuSeconds: Double)?, deliver: @Sendable (ExecutionEvent) async throws -> Void)? in
      guard let deliver = state.deliver, let followed = state.followed[id] else { return nil }
      let last = followed.lastSample ?? followed.process.map { ($0.started, 0) }
      state.followed[id]?.lastSample = (now, used.cpuSeconds)
      return (last, deliver)
    }
    guard let prepared else { return }
    let seconds = prepared.last.map { (now - $0.at).secondsAsDouble } ?? 0
    let sample = ResourceSample(
      at: now, cpuSeconds: used.cpuSeconds,
      cpuPercent: seconds > 0 ? max(0, used.cpuSeconds - (prepared.last?.cpuSeconds ?? 0)) / seconds * 100 : 0,
      memoryBytes: used.memoryBytes, diskReadBytes: used.readBytes, diskWriteBytes: used.writeBytes, networkReceiveBytes: nil,
      networkTransmitBytes: nil, processes: used.processes)
    Task { try? await prepared.deliver(.sample(id: id, sample)) }
  }
}
