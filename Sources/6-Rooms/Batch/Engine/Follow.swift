import Execution
import JSON
import Logging
import ServiceKit
import Store
import Synchronization
import Time

/// What becomes of the events of running attempts.
extension Batch {
  /// Runs until cancelled.
  func followJobs() async throws {
    try await execution.run { [self] event in
      switch event {
      case .started(let id, _, let at): try await started(id, at)
      case .output(let id, let lines): try await output(id, lines)
      case .sample(let id, let sample): await measure(id, sample)
      case .exited(let id, let report): try await ended(id, report)
      }
    }
  }

  private func followed(_ id: String) -> FollowedAttempt? { dispatch.withLock { $0.attempts[id] } }

  private func started(_ id: String, _ at: Timestamp) async throws {
    guard let followed = followed(id) else { return }
    let room = self
    _ = try await context.store.write { transaction in
      let call = room.call(followed.partition, at, transaction)
      guard var job = try call.get(Job.self, followed.job), job.status == .starting, job.current?.number == followed.number else { return }
      job.status = .running
      job.current?.started = at
      job.started = job.started ?? at
      try call.put(job)
      try call.announce(job)
      if let seconds = job.timeoutSeconds {
        let deadline = AttemptDeadline(job: job.id, attempt: followed.number)
        try call.schedule(deadline, for: TimeOut.queue, key: job.id, at: at + .seconds(seconds))
      }
    }
  }

  private func output(_ id: String, _ lines: [OutputLine]) async throws {
    guard let followed = followed(id), let logs = context.invoker.logs else { return }
    try await logs.append(
      lines.map { LogLine(time: $0.at, message: $0.text) }, group: followed.logGroup, stream: followed.logStream, in: followed.partition)
  }

  /// A sample that can not be stored is lost, and said so; the job is not held up for it.
  private func measure(_ id: String, _ sample: ResourceSample) async {
    guard let followed = followed(id), let metrics = context.invoker.metrics else { return }
    var values: [(String, Double, String)] = [
      ("CPUUtilization", sample.cpuPercent / max(followed.cpus, 0.001), "Percent"),
      ("MemoryUtilized", Double(sample.memoryBytes), "Bytes"),
      ("DiskReadBytes", Double(sample.diskReadBytes), "Bytes"), ("DiskWriteBytes", Double(sample.diskWriteBytes), "Bytes"),
      ("Processes", Double(sample.processes), "Count"),
    ]
    if let bytes = sample.networkReceiveBytes { values.append(("NetworkRxBytes", Double(bytes), "Bytes")) }
    if let bytes = sample.networkTransmitBytes { values.append(("NetworkTxBytes", Double(bytes), "Bytes")) }
    await store(values, at: sample.at, followed, each: true, metrics)
  }

  private func store(
    _ values: [(String, Double, String)], at: Timestamp, _ followed: FollowedAttempt, each: Bool, _ metrics: any MetricSink
  ) async {
    // By job, to look at one; by definition and queue, to look at all.
    let dimensions = each ? [["JobId": followed.job], followed.dimensions] : [followed.dimensions]
    let data = dimensions.flatMap { dimensions in
      values.map { name, value, unit in
        MetricDatum(namespace: Self.namespace, name: name, dimensions: dimensions, value: value, unit: unit, time: at)
      }
    }
    do { try await metrics.store(data, in: followed.partition) } catch {
      context.log.error("a job's metrics were not stored", metadata: ["job": "\(followed.job)", "error": "\(error)"])
    }
  }

  /// Where the metrics of jobs are.
  static let namespace = "Martlet/Batch"

  /// Records the end of an attempt, then lets the engine forget it.
  func ended(_ id: String, _ report: ExitReport) async throws {
    if let followed = followed(id) {
      let (room, end) = (self, AttemptEnd(report))
      let now = max(context.clock.now(), report.at)
      let job = try await context.store.write { transaction -> Job? in
        let call = room.call(followed.partition, now, transaction)
        guard var job = try call.get(Job.self, followed.job), job.current?.number == followed.number else { return nil }
        try call.finishAttempt(&job, end)
        return job
      }
      if let job { await measureEnd(job, followed, report) }
    }
    dispatch.withLock { state in
      state.attempts[id] = nil
      state.ending.remove(id)
    }
    await execution.release(id)
  }

  private func measureEnd(_ job: Job, _ followed: FollowedAttempt, _ report: ExitReport) async {
    guard let metrics = context.invoker.metrics else { return }
    var values: [(String, Double, String)] = []
    if let started = report.startedAt { values.append(("Duration", (report.at - started).secondsAsDouble, "Seconds")) }
    if let peak = report.peakMemoryBytes { values.append(("PeakMemory", Double(peak), "Bytes")) }
    if let cpu = report.cpuSeconds { values.append(("CPUSeconds", cpu, "Seconds")) }
    if job.status.hasEnded {
      values.append(("JobsSucceeded", job.status == .succeeded ? 1 : 0, "Count"))
      values.append(("JobsFailed", job.status == .failed ? 1 : 0, "Count"))
    }
    await store(values, at: report.at, followed, each: false, metrics)
  }
}

extension AttemptEnd {
  /// In the words Batch uses for containers. Source: AWS Batch User Guide, "Job status" and "Troubleshooting".
  init(_ report: ExitReport) {
    started = report.startedAt
    stopped = report.at
    switch report.reason {
    case .exited(let code):
      exitCode = Int(code)
      statusReason = "Essential container in task exited"
    case .signaled(let signal):
      // As a shell counts it.
      exitCode = 128 + Int(signal)
      statusReason = "Essential container in task exited"
      reason = "Ended by signal \(signal)"
    case .outOfMemory(let limit):
      exitCode = 137
      statusReason = "Essential container in task exited"
      reason = "OutOfMemoryError: Container killed due to memory usage (limit \(limit) MiB)"
    case .neverStarted(let message):
      statusReason = "Task failed to start"
      reason = "CannotStartContainerError: \(message)"
    case .lost(let message):
      // Begun like the reason of a lost instance, so that retry rules on `Host EC2*` cover it.
      statusReason = "Host EC2 (this machine) terminated: \(message)"
      reason = "Lost: \(message)"
    }
  }
}
