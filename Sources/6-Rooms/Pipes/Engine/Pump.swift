import EventPattern
import JSON
import Logging
import ServiceKit
import Store
import Synchronization
import Time

/// Moves the events of one running pipe: gathers batches and executes them, some at once, apart from every other pipe.
final class Pump: Sendable {
  let pipe: Pipe
  let partition: Partition
  let room: Pipes
  let source: any PipeSource
  private let filters: [EventPattern]

  private struct State {
    var gathered: [PipeRecord] = []
    var size = 0
    /// When the batching window of what is gathered ends.
    var deadline: Timestamp?
    /// Whether the source had less than was asked for.
    var isDry = false
    /// Executions, or receipts, that failed one after the other.
    var failures = 0
    var refusals = 0
    var pausedUntil: Timestamp?
    var isStopped = false
    var receiving: Task<[PipeRecord], any Error>?
  }
  private let state = Mutex(State())
  /// How many batches are executed at once.
  private static let concurrency = 64
  /// A batch is no larger than an invocation may be. Source: EventBridge User Guide, "Amazon EventBridge Pipes batching and concurrency".
  private static let mostBytes = 6 << 20
  private static let longestWait = Duration.seconds(20)
  /// So many refusals one after the other, of permissions or missing resources, stop the pipe.
  private static let mostRefusals = 10

  init(_ pipe: Pipe, _ partition: Partition, _ room: Pipes) {
    self.pipe = pipe
    self.partition = partition
    self.room = room
    filters = (pipe.sourceParameters?.patterns ?? []).compactMap { try? EventPattern($0) }
    source =
      ARN(pipe.source)?.service == "sqs"
      ? QueueSource(pipe: pipe, partition: partition, room: room) : BusSource(pipe: pipe, partition: partition, room: room)
  }

  private var clock: any WallClock { room.context.clock }

  /// Runs until stopped, when what has begun ends by itself, or until cancelled.
  func run() async {
    await withTaskGroup(of: Void.self) { group in
      var running = 0
      while !Task.isCancelled, !state.withLock({ $0.isStopped }) {
        let batch: [PipeRecord]
        do { batch = try await gatherUntilStopped() } catch {
          if !Task.isCancelled, !state.withLock({ $0.isStopped }) { await sourceFailed(error) }
          continue
        }
        guard !batch.isEmpty else { continue }
        if running == Self.concurrency {
          await group.next()
          running -= 1
        }
        running += 1
        room.context.counters.add(
          PipeMetrics.namespace, "Concurrency", ["AwsAccountId": partition.account], Double(running), unit: "None", in: partition)
        group.addTask { await self.execute(batch) }
      }
    }
    await abandon()
  }

  /// Begins nothing more.
  func stop() {
    let receiving = state.withLock { state in
      state.isStopped = true
      return state.receiving
    }
    receiving?.cancel()
  }

  /// Executes what is there now, one batch after the other.
  func drain() async -> Int {
    var executions = 0
    while !state.withLock({ $0.isStopped }) {
      do {
        let batch = try await gather(wait: .zero)
        if batch.isEmpty {
          if state.withLock({ $0.isDry }) { return executions }
          continue
        }
        await execute(batch)
        executions += 1
      } catch {
        await sourceFailed(error)
        return executions
      }
    }
    return executions
  }

  private func gatherUntilStopped() async throws -> [PipeRecord] {
    let task = Task { try await self.gather(wait: Self.longestWait) }
    let isStopped = state.withLock { state in
      state.receiving = task
      return state.isStopped
    }
    if isStopped { task.cancel() }
    defer { state.withLock { $0.receiving = nil } }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// A batch that is to be executed now; empty when none is complete yet.
  private func gather(wait: Duration) async throws -> [PipeRecord] {
    if let until = state.withLock({ $0.pausedUntil }), until > clock.now() {
      guard wait > .zero else {
        state.withLock { $0.isDry = true }
        return []
      }
      try await clock.sleep(until: until)
    }
    if let batch = takeIfDue() { return batch }
    let size = pipe.sourceParameters?.batchSize ?? 10
    let (count, deadline) = state.withLock { ($0.gathered.count, $0.deadline) }
    let patience = deadline.map { max(.zero, min(wait, $0 - clock.now())) } ?? wait
    let asked = min(10, size - count)
    let received = try await source.receive(asked, wait: patience)
    let wanted = received.filter { record in filters.isEmpty || filters.contains { $0.matches(record.filtered) } }
    if wanted.count < received.count {
      let kept = Set(wanted.map(\.id))
      let dropped = received.filter { !kept.contains($0.id) }
      try await room.context.store.write { [source] in try source.complete(dropped, $0) }
    }
    let now = clock.now()
    state.withLock { state in
      if state.gathered.isEmpty, !wanted.isEmpty {
        state.deadline = now + .seconds(pipe.sourceParameters?.windowInSeconds ?? 0)
      }
      state.gathered += wanted
      state.size += wanted.reduce(0) { $0 + $1.size }
      state.isDry = received.count < asked
    }
    return takeIfDue() ?? []
  }

  private func takeIfDue() -> [PipeRecord]? {
    let now = clock.now()
    return state.withLock { state in
      guard !state.gathered.isEmpty, let deadline = state.deadline else { return nil }
      let isFull = state.gathered.count >= (pipe.sourceParameters?.batchSize ?? 10) || state.size >= Self.mostBytes
      let isOver = deadline <= now && (state.isDry || (pipe.sourceParameters?.windowInSeconds ?? 0) > 0)
      guard isFull || isOver else { return nil }
      defer { (state.gathered, state.size, state.deadline) = ([], 0, nil) }
      return state.gathered
    }
  }

  private func execute(_ batch: [PipeRecord]) async {
    let outcome = await PipeExecution(self, batch).run()
    await settled(outcome)
  }

  private func sourceFailed(_ error: any Error) async {
    let fault = error as? Fault ?? Fault("InternalFailure", "\(error)", status: 500)
    room.context.log.error("pipe's source failed", metadata: ["pipe": "\(pipe.arn(partition))", "error": "\(error)"])
    await settled(fault)
  }

  /// Polls slower while executions fail, and stops the pipe that is refused all the time.
  ///
  /// Source: EventBridge User Guide, "Amazon EventBridge Pipes error handling and troubleshooting".
  private func settled(_ fault: Fault?) async {
    let now = clock.now()
    let refusals = state.withLock { state -> Int in
      guard let fault else {
        (state.failures, state.refusals, state.pausedUntil) = (0, 0, nil)
        return 0
      }
      state.failures += 1
      state.refusals = fault.isPermanent ? state.refusals + 1 : 0
      state.pausedUntil = now + .seconds(min(60, 1 << min(state.failures - 1, 6)))
      return state.refusals
    }
    guard let fault, refusals >= Self.mostRefusals else { return }
    await disable(fault)
  }

  private func disable(_ fault: Fault) async {
    stop()
    do {
      try await room.context.store.write { [room, partition, version = pipe.version, name = pipe.name, context = context] transaction in
        let call = Call(room: room, context: context, transaction: transaction)
        guard var stored = try transaction.get(Pipe.self, name, in: partition), stored.version == version,
          stored.currentState == "RUNNING"
        else { return }
        stored.currentState = "STOPPED"
        stored.stateReason = String("The pipe was stopped after continuous failures: \(fault.code): \(fault.message)".prefix(512))
        stored.modified = call.now
        try call.keep(stored)
      }
    } catch {
      room.context.log.error("pipe not stopped", metadata: ["pipe": "\(pipe.arn(partition))", "error": "\(error)"])
    }
  }

  private var context: CallContext { room.callContext(pipe, partition) }

  /// What was gathered and not begun is for the next that asks.
  private func abandon() async {
    let left = state.withLock { state in
      defer { state.gathered = [] }
      return state.gathered
    }
    guard !left.isEmpty else { return }
    do { try await source.giveBack(left) } catch {
      // Seen again after the visibility time-out or at the next start.
      room.context.log.debug("gathered events not given back", metadata: ["pipe": "\(pipe.arn(partition))", "error": "\(error)"])
    }
  }
}

extension Fault {
  /// Whether the same call is refused until somebody changes permissions, or makes what is missing.
  fileprivate var isPermanent: Bool {
    !mayPass
      && (status == 401 || status == 403 || status == 404
        || ["AccessDenied", "NotAuthorized", "DoesNotExist", "NotFound"].contains { code.contains($0) })
  }
}
