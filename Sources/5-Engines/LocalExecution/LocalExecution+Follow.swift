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
  private static let memoryCheck = Duration.milliseconds(250)

  package func run(deliver: @escaping @Sendable (ExecutionEvent) async throws -> Void) async throws {
    state.withLock { $0.deliver = deliver }
    for folder in AttemptFolder.all(in: folder) { follow(folder) }
    for id in state.withLock({ Array($0.followed.keys) }) { beginFollowing(id) }
    // What ended while nobody was connected is known by the list.
    askForList()
    let forever = AsyncStream<Never> { _ in }
    for await _ in forever {}
    let followers = state.withLock { state in
      state.deliver = nil
      let followers = state.followed.values.compactMap(\.follower)
      for id in state.followed.keys { state.followed[id]?.follower = nil }
      return followers
    }
    for follower in followers { follower.cancel() }
    throw CancellationError()
  }

  /// Takes an attempt up, whether it has just been started or was found.
  func follow(_ attempt: AttemptFolder) {
    let isWatched = state.withLock { state in
      if let known = state.followed[attempt.id] { return known.watch != nil && known.process != nil }
      state.followed[attempt.id] = Followed()
      return false
    }
    if isWatched { return }
    // Found while it was being started, it may not have had an output then. Watched first and looked at then, so that nothing falls between.
    let watch = inotify_add_watch(inotify, attempt.output, UInt32(IN_MODIFY))
    let process = attempt.process()
    state.withLock { state in
      if process != nil { state.followed[attempt.id]?.process = process }
      if watch >= 0 {
        state.followed[attempt.id]?.watch = watch
        state.watches[watch] = attempt.id
      }
      state.followed[attempt.id]?.wake?.yield()
    }
    if attempt.exit() != nil { ended(attempt.id) }
    beginFollowing(attempt.id)
    sample()
  }

  private func beginFollowing(_ id: String) {
    state.withLock { state in
      guard let deliver = state.deliver, let followed = state.followed[id], followed.follower == nil, !state.isClosed else { return }
      let (stream, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
      wake.yield()
      state.followed[id]?.wake = wake
      state.followed[id]?.follower = Task { [weak self] in await self?.deliverEvents(of: id, stream, deliver) }
    }
  }

  private func deliverEvents(
    of id: String, _ wakes: AsyncStream<Void>, _ deliver: @Sendable (ExecutionEvent) async throws -> Void
  ) async {
    let attempt = AttemptFolder(id, in: folder)
    var hasStarted = false
    var reader = OutputReader(path: attempt.output, offset: attempt.delivered())
    for await _ in wakes {
      guard let followed = state.withLock({ $0.followed[id] }) else { return }
      if !hasStarted, let process = followed.process ?? attempt.process() {
        guard await insist({ try await deliver(.started(id: id, pid: process.pid, at: process.started)) }) else { return }
        hasStarted = true
      }
      var hasOutput = false
      while true {
        let lines = reader.read(isEnded: followed.hasEnded, at: clock.now())
        if lines.isEmpty { break }
        guard await insist({ try await deliver(.output(id: id, lines: lines)) }) else { return }
        attempt.setDelivered(reader.offset)
        hasOutput = true
      }
      if let sample = state.withLock({ $0.followed[id]?.takeSample() }) { try? await deliver(.sample(id: id, sample)) }
      if followed.hasEnded {
        let report = report(attempt, followed)
        _ = await insist { try await deliver(.exited(id: id, report)) }
        return
      }
      if hasOutput { await pause(id) }
      if Task.isCancelled { return }
    }
  }

  /// Lets output gather, unless the attempt ends meanwhile.
  private func pause(_ id: String) async {
    let clock = clock
    let pause = Task { _ = try? await clock.sleep(until: clock.now() + Self.gathering) }
    state.withLock { state in
      guard let followed = state.followed[id], !followed.hasEnded, !state.isClosed else { return pause.cancel() }
      state.followed[id]?.pause = pause
    }
    await pause.value
  }

  private func report(_ attempt: AttemptFolder, _ followed: Followed) -> ExitReport {
    if let report = attempt.exit() { return report }
    return ExitReport(
      at: clock.now(), startedAt: attempt.process()?.started ?? followed.process?.started,
      reason: .lost(followed.loss ?? "nothing was written of its end"), peakMemoryBytes: nil, cpuSeconds: nil)
  }

  /// Delivers until it is taken: events are never dropped because their taker failed. False when the following is over instead.
  private func insist(_ body: () async throws -> Void) async -> Bool {
    while !Task.isCancelled {
      do {
        try await body()
        return true
      } catch {
        if Task.isCancelled { break }
        log.error("an event of a job was not taken; it is delivered again", metadata: ["error": "\(error)"])
        try? await clock.sleep(until: clock.now() + .seconds(1))
      }
    }
    return false
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
        if let id = state.watches[event.wd] {
          state.followed[id]?.wake?.yield()
        } else if event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
          for followed in state.followed.values { followed.wake?.yield() }
        }
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
        followed.process.map { (id, $0.pid, followed.memoryMiB) }
      }
    }
    if running.isEmpty { return state.withLock { $0.isSampling } }
    let usage = ProcessTable.usage(of: Set(running.map(\.pid)))
    let now = clock.now()
    for job in running {
      guard let used = usage[job.pid] else { continue }
      let limit = job.memoryMiB.multipliedReportingOverflow(by: 1 << 20)
      if limit.partialValue > 0, !limit.overflow, used.memoryBytes > limit.partialValue,
        used.processes == 1 || ProcessTable.sharedMemory(of: job.pid) > limit.partialValue
      {
        AttemptFolder(job.id, in: folder).markOutOfMemory(limitMiB: job.memoryMiB)
        signal(job.id, SIGKILL)
      }
      if reporting { keepSample(job.id, used, now) }
    }
    return true
  }

  /// Left to the attempt's follower, so that a sample never comes after the end.
  private func keepSample(_ id: String, _ used: SessionUsage, _ now: Timestamp) {
    state.withLock { state in
      guard let followed = state.followed[id], followed.wake != nil else { return }
      let last = followed.lastSample ?? followed.process.map { ($0.started, 0) }
      let seconds = last.map { (now - $0.at).secondsAsDouble } ?? 0
      let cpuPercent = seconds > 0 ? max(0, used.cpuSeconds - (last?.cpuSeconds ?? 0)) / seconds * 100 : 0
      state.followed[id]?.lastSample = (now, used.cpuSeconds)
      state.followed[id]?.sample = ResourceSample(
        at: now, cpuSeconds: used.cpuSeconds, cpuPercent: cpuPercent, memoryBytes: used.memoryBytes, diskReadBytes: used.readBytes,
        diskWriteBytes: used.writeBytes, networkReceiveBytes: nil, networkTransmitBytes: nil, processes: used.processes)
      followed.wake?.yield()
    }
  }
}
