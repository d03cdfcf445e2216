import JSON
import ServiceKit
import Store
import Time

/// The changes of a job's state, each made inside a transaction together with its event and everything that follows from it.
extension Call where Home == Batch {
  /// Puts the state change on the default bus. Source: AWS Batch User Guide, "AWS Batch job events".
  func announce(_ job: Job) throws {
    try emit(
      event(
        source: "aws.batch", detailType: "Batch Job State Change", resources: [job.arn(partition).description],
        detail: .object(job.detail(partition))))
  }

  /// A submitted job waits for those it depends on, or for room. Throws ClientException for a dependency that does not exist.
  func queueUp(_ job: inout Job) throws {
    for dependency in job.dependsOn {
      guard let id = dependency.jobId, let other = try self.job(id) else {
        throw Fault.client("Dependent job \(dependency.jobId ?? "") does not exist.")
      }
      switch other.status {
      case .succeeded: break
      case .failed: return try finish(&job, succeeded: false, reason: "Dependent Job failed")
      default: job.waitingFor.append(other.id)
      }
    }
    if job.waitingFor.isEmpty { return try makeRunnable(&job) }
    job.status = .pending
    for other in job.waitingFor { try put(Waiting(job: job.id, on: other)) }
    try put(job)
    try announce(job)
  }

  func makeRunnable(_ job: inout Job) throws {
    job.status = .runnable
    try put(job)
    try announce(job)
    let (room, partition, entry) = (room, partition, RunnableJob(job))
    transaction.afterCommit { room.enqueue(entry, in: partition) }
  }

  /// Asks for a job's end: one that runs is told to stop and ends when it has; any other ends now.
  func end(_ job: Job, reason: String, cancelled: Bool) throws {
    var job = job
    job.terminationReason = reason
    job.isCancelled = cancelled
    guard job.status.isLive, let attempt = job.current else {
      return try finish(&job, succeeded: false, reason: reason)
    }
    try put(job)
    let (room, id) = (room, Batch.attemptID(job.id, attempt.number))
    transaction.afterCommit { room.terminate(id) }
  }

  /// Ends the attempt that runs: the job succeeds, fails, or waits for another attempt.
  func finishAttempt(_ job: inout Job, _ end: AttemptEnd) throws {
    guard var attempt = job.current else { return }
    attempt.started = attempt.started ?? end.started
    attempt.stopped = end.stopped
    attempt.exitCode = end.exitCode
    attempt.reason = end.reason
    attempt.statusReason = end.statusReason
    job.attempts.append(attempt)
    job.current = nil
    job.started = job.started ?? end.started
    let (room, id) = (room, job.id)
    transaction.afterCommit { room.freed(id) }
    try transaction.cancel(TimeOut.queue, key: id, in: partition)
    if end.exitCode == 0 { return try finish(&job, succeeded: true, reason: end.statusReason) }
    if let reason = job.terminationReason { return try finish(&job, succeeded: false, reason: reason) }
    let strategy = job.retryStrategy ?? RetryStrategy()
    if strategy.retries(afterAttempts: job.attempts.count, exitCode: end.exitCode, reason: end.reason, statusReason: end.statusReason) {
      return try makeRunnable(&job)
    }
    try finish(&job, succeeded: false, reason: end.statusReason)
  }

  /// Ends the job, and with it the waiting of those that depend on it.
  func finish(_ job: inout Job, succeeded: Bool, reason: String?) throws {
    // Dependents of dependents follow in the same transaction, one after the other instead of by recursion.
    var ended = [(job, succeeded, reason)]
    while let (last, succeeded, reason) = ended.popLast() {
      var next = last
      next.status = succeeded ? .succeeded : .failed
      next.statusReason = reason
      next.stopped = now
      try put(next)
      try announce(next)
      let output = JSONCase.value(.object(next.detail(partition)), .pascal)
      try room.context.invoker.finished(next.arn(partition), succeeded: succeeded, output: output, in: partition, transaction)
      try schedule(next.id, for: ForgetJob.queue, key: next.id, at: now + ForgetJob.retention)
      for other in next.waitingFor { try delete(Waiting.self, "\(other)/\(next.id)") }
      if next.id == job.id { job = next }
      ended += try release(next.id, succeeded)
    }
  }

  /// Takes the ended job from what its dependents wait for; answers those that fail with it.
  private func release(_ ended: String, _ succeeded: Bool) throws -> [(Job, Bool, String?)] {
    var failing: [(Job, Bool, String?)] = []
    let waiting: Page<Waiting> = try transaction.page(Waiting.self, in: partition, prefix: "\(ended)/", limit: 10_000)
    for entry in waiting.items {
      try delete(Waiting.self, entry.key)
      guard var dependent = try get(Job.self, entry.job), dependent.status == .pending else { continue }
      dependent.waitingFor.removeAll { $0 == ended }
      if !succeeded {
        failing.append((dependent, false, "Dependent Job failed"))
      } else if dependent.waitingFor.isEmpty {
        try makeRunnable(&dependent)
      } else {
        try put(dependent)
      }
    }
    return failing
  }
}

/// How an attempt ended.
struct AttemptEnd: Sendable {
  var started: Timestamp?
  var stopped: Timestamp
  /// Nil when it never ran or its end was not seen.
  var exitCode: Int?
  var reason: String?
  var statusReason: String
}

/// Removes a finished job after a week, as AWS does at the earliest.
struct ForgetJob: Worker {
  static let queue = "batch.forget"
  static let retention = Duration.seconds(7 * 86_400)

  static func run(_ task: AgendaTask, _ work: Work<Batch>) async throws {
    let id = try work.payload(String.self)
    try await work.finish { try $0.delete(Job.self, id) }
  }
}

/// The instant at which an attempt has run too long.
struct AttemptDeadline: Codable, Sendable {
  var job: String
  var attempt: Int
}

/// Ends an attempt that runs longer than its time-out. Source: AWS Batch User Guide, "Job timeouts".
struct TimeOut: Worker {
  static let queue = "batch.timeout"

  static func run(_ task: AgendaTask, _ work: Work<Batch>) async throws {
    let deadline = try work.payload(AttemptDeadline.self)
    try await work.finish { call in
      guard let job = try call.get(Job.self, deadline.job), job.current?.number == deadline.attempt else { return }
      try call.end(job, reason: "Job attempt duration exceeded timeout", cancelled: false)
    }
  }
}
