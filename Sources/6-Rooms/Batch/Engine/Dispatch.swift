import Execution
import JSON
import Logging
import ServiceKit
import Store
import Synchronization
import Time

/// What the dispatcher knows between two looks into the store.
struct DispatchState: Sendable {
  var queue: RunQueue
  /// Queues by falling priority; nil when they have to be read again.
  var queues: [RunQueue.QueueState]?
  /// How often queues and environments have changed.
  var changes = 0
  /// Attempts that this server follows, by attempt id.
  var attempts: [String: FollowedAttempt] = [:]
  /// Attempts to be stopped as soon as they run.
  var ending: Set<String> = []
}

/// Where an attempt's events go.
struct FollowedAttempt: Sendable {
  var job: String
  var number: Int
  var partition: Partition
  var logGroup: String
  var logStream: String
  var dimensions: [String: String]
  var cpus: Double
}

/// From RUNNABLE to a process: takes jobs in the order of their queues as room becomes free.
extension Batch {
  /// The most jobs that start with one commit.
  private static let startsPerCommit = 128
  /// What a job gets between SIGTERM and SIGKILL. Source: AWS Batch User Guide, "Job termination".
  private static let grace = Duration.seconds(30)

  func enqueue(_ job: RunnableJob, in partition: Partition) {
    dispatch.withLock { $0.queue.enqueue(job, in: partition) }
    waker.yield()
  }

  func freed(_ job: String) {
    dispatch.withLock { $0.queue.free(job) }
    waker.yield()
  }

  /// The queues or environments have changed.
  func wakeAfterCommit(_ transaction: any Transaction) {
    transaction.afterCommit {
      self.dispatch.withLock { state in
        state.queues = nil
        state.changes += 1
      }
      self.waker.yield()
    }
  }

  /// Stops an attempt, now or as soon as it runs.
  func terminate(_ attempt: String) {
    dispatch.withLock { _ = $0.ending.insert(attempt) }
    Task { await execution.stop(attempt, grace: Self.grace) }
  }

  func waitingReason(_ job: Job) -> String? {
    dispatch.withLock { state in
      guard let queue = state.queues?.first(where: { $0.key.queue == job.queue }) else { return nil }
      return state.queue.reason(RunnableJob(job), queue)
    }
  }

  /// Runs until cancelled.
  func dispatchJobs() async throws {
    await withDiscardingTaskGroup { group in
      for await _ in wake {
        while !Task.isCancelled {
          let started: [Attempt]
          do {
            try await readQueues()
            let taken = takeJobs()
            if taken.isEmpty { break }
            started = try await begin(taken)
          } catch {
            if !(error is CancellationError) { context.log.error("jobs could not be started", metadata: ["error": "\(error)"]) }
            // What was taken is still RUNNABLE in the store: it is taken again after a while.
            group.addTask { await self.dispatchAgain() }
            break
          }
          for attempt in started { group.addTask { await self.start(attempt) } }
        }
      }
    }
  }

  /// After the store refused to write: reads everything from it again, a second later.
  private func dispatchAgain() async {
    do {
      try await context.clock.sleep(until: context.clock.now() + .seconds(1))
      try await recover()
    } catch {
      if !(error is CancellationError) { context.log.error("jobs could not be read", metadata: ["error": "\(error)"]) }
    }
    waker.yield()
  }

  private func readQueues() async throws {
    let (known, changes) = dispatch.withLock { ($0.queues != nil, $0.changes) }
    if known { return }
    let queues = try await context.store.read { transaction in
      var queues: [(priority: Int, state: RunQueue.QueueState)] = []
      for partition in try transaction.partitions(holding: JobQueue.kind) {
        var environments: [String: ComputeEnvironment] = [:]
        try transaction.forEach(ComputeEnvironment.self, in: partition) {
          environments[$0.name] = $0
          return true
        }
        try transaction.forEach(JobQueue.self, in: partition) { queue in
          let order = queue.computeEnvironmentOrder.sorted { $0.order < $1.order }
          let enabled = order.compactMap { environments[ARN($0.computeEnvironment)?.resourceName ?? $0.computeEnvironment] }
            .filter { $0.state == "ENABLED" }
          queues.append(
            (
              queue.priority,
              RunQueue.QueueState(
                key: RunQueue.Key(partition: partition, queue: queue.name),
                environments: enabled.map { ($0.name, min($0.maxvCpus, Double(Int32.max))) })
            ))
          return true
        }
      }
      return queues.sorted { $0.priority > $1.priority }.map(\.state)
    }
    // What changed while it was read is read again.
    let isCurrent = dispatch.withLock { state in
      if state.changes == changes { state.queues = queues }
      return state.changes == changes
    }
    if !isCurrent { try await readQueues() }
  }

  private func takeJobs() -> [(job: RunnableJob, partition: Partition, environment: String)] {
    dispatch.withLock { state in state.queue.take(state.queues ?? [], limit: Self.startsPerCommit) }
  }

  /// Makes the jobs STARTING, all in one commit, and answers what to start. A job ended meanwhile is left out.
  private func begin(_ taken: [(job: RunnableJob, partition: Partition, environment: String)]) async throws -> [Attempt] {
    let (room, now) = (self, context.clock.now())
    let jobs = try await context.store.write { transaction in
      try taken.compactMap { place -> (Job, Partition)? in
        let call = room.call(place.partition, now, transaction)
        guard var job = try call.get(Job.self, place.job.id), job.status == .runnable else {
          transaction.afterCommit { room.freed(place.job.id) }
          return nil
        }
        job.status = .starting
        job.environment = place.environment
        job.current = Job.Attempt(
          number: job.attempts.count + 1, logStream: job.logStream(room.context.identifiers.uuid()))
        try call.put(job)
        try call.announce(job)
        return (job, place.partition)
      }
    }
    return jobs.map { follow($0, in: $1) }
  }

  /// A call this room makes of itself.
  func call(_ partition: Partition, _ now: Timestamp, _ transaction: any Transaction) -> Call<Batch> {
    Call(
      room: self,
      context: CallContext(
        caller: .service(Self.identity.principal, in: partition), requestID: context.identifiers.uuid(), now: now,
        invokedBy: Self.identity.principal),
      transaction: transaction)
  }

  /// Remembers where the attempt's events go and describes it to the execution engine.
  func follow(_ job: Job, in partition: Partition) -> Attempt {
    let attempt = attempt(job, in: partition)
    let followed = FollowedAttempt(
      job: job.id, number: job.current?.number ?? 1, partition: partition, logGroup: job.logGroup,
      logStream: job.current?.logStream ?? "",
      dimensions: ["JobQueue": job.queue, "JobDefinition": job.definitionName], cpus: job.container.requiredCPUs)
    dispatch.withLock { $0.attempts[attempt.id] = followed }
    return attempt
  }

  /// Starts the process; when that can never work, the attempt ends with the reason.
  func start(_ attempt: Attempt) async {
    var pause = Duration.milliseconds(100)
    for trial in 1...6 {
      do {
        try await execution.start(attempt)
        if dispatch.withLock({ $0.ending.contains(attempt.id) }) { await execution.stop(attempt.id, grace: Self.grace) }
        return
      } catch {
        context.log.error("an attempt could not be started", metadata: ["attempt": "\(attempt.id)", "error": "\(error.message)"])
        if error.isPermanent || trial == 6 {
          let report = ExitReport(
            at: context.clock.now(), startedAt: nil, reason: .neverStarted(error.message), peakMemoryBytes: nil, cpuSeconds: nil)
          return await recordEnd(attempt.id, report)
        }
        do { try await context.clock.sleep(until: context.clock.now() + pause) } catch { return }
        pause = pause * 2
      }
    }
  }

  private func recordEnd(_ id: String, _ report: ExitReport) async {
    do { try await ended(id, report) } catch {
      context.log.error("an attempt's end was not recorded", metadata: ["attempt": "\(id)", "error": "\(error)"])
    }
  }

  /// Rebuilds who waits and who runs from the store, and takes up what ran when the server ended.
  func recover() async throws {
    let live = try await context.store.read { transaction in
      var live: [(job: Job, partition: Partition)] = []
      for partition in try transaction.partitions(holding: Job.kind) {
        for status in [JobStatus.runnable, .starting, .running] {
          var after: CatalogCursor?
          repeat {
            let page = try transaction.page(
              Job.self, in: partition, index: "live", equals: status.rawValue, after: after, limit: 1_000)
            live += page.items.map { ($0, partition) }
            after = page.next
          } while after != nil
        }
      }
      return live.sorted { $0.job.created < $1.job.created }
    }
    let memory = execution.capacity.memoryMiB
    dispatch.withLock { state in
      state.queue = RunQueue(machineMemory: memory)
      state.queues = nil
    }
    for (job, partition) in live {
      guard job.status.isLive else {
        dispatch.withLock { $0.queue.enqueue(RunnableJob(job), in: partition) }
        continue
      }
      dispatch.withLock { $0.queue.start(RunnableJob(job), in: partition, on: job.environment ?? "") }
      await takeUp(job, in: partition)
    }
    waker.yield()
  }

  /// An attempt that was under way when the server ended: it is started if that had not happened yet, never a second time.
  private func takeUp(_ job: Job, in partition: Partition) async {
    let attempt = follow(job, in: partition)
    if job.terminationReason != nil { dispatch.withLock { _ = $0.ending.insert(attempt.id) } }
    if await execution.knows(attempt.id) || job.status == .starting {
      Task { await start(attempt) }
    } else {
      let report = ExitReport(
        at: context.clock.now(), startedAt: job.current?.started, reason: .lost("nothing is left of it on this machine"),
        peakMemoryBytes: nil, cpuSeconds: nil)
      Task { await recordEnd(attempt.id, report) }
    }
  }
}
