import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Synchronization
import Time

/// Express map runs that are worked on, so that one that is stopped stops.
final class MapRunDrivers: Sendable {
  private let running = Mutex<[String: Task<Void, any Error>]>([:])
  /// When the children that run began, by run and their numbers in it.
  private let children = Mutex<[String: [Int: Timestamp]]>([:])

  func began(_ child: Int, of id: String, at now: Timestamp) { children.withLock { $0[id, default: [:]][child] = now } }
  func ended(_ ended: some Sequence<Int>, of id: String) { children.withLock { for child in ended { $0[id]?[child] = nil } } }
  /// Children that have no stored result yet.
  func children(of id: String) -> [Int: Timestamp] { children.withLock { $0[id] ?? [:] } }
  private func forgetChildren(of id: String) { children.withLock { $0[id] = nil } }

  func stop(_ id: String) { running.withLock { $0[id] }?.cancel() }

  /// Does the work, until it is done or `stop` is called; what still goes on of a run that has been redriven ends first.
  func drive(_ id: String, _ work: @escaping @Sendable () async throws -> Void) async throws {
    let earlier = running.withLock { $0[id] }
    earlier?.cancel()
    _ = await earlier?.result
    let task = Task { try await work() }
    running.withLock { $0[id] = task }
    defer {
      if running.withLock({ running in
        guard running[id] == task else { return false }
        running[id] = nil
        return true
      }) {
        forgetChildren(of: id)
      }
    }
    do {
      try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    } catch is CancellationError {
      // Stopped: the run has ended. When the server stops the work is done again.
      try Task.checkCancellation()
    }
  }
}

/// Runs the children of a map run as Express executions in memory, as many at once as may be; results are stored in batches. After a
/// crash those without a stored result are run again.
struct ExpressMapRun {
  private let work: Work<StepFunctions>
  private let run: MapRun
  /// Results that are stored together, and how long one waits for others.
  private static let batch = 256
  private static let longestDelay = Duration.milliseconds(200)

  init(_ work: Work<StepFunctions>, _ run: MapRun) {
    self.work = work
    self.run = run
  }

  func run() async throws {
    let (room, partition, id) = (work.room, work.partition, run.id)
    let (revision, flow, machine, attempt) = (run.revision, run.flow, run.machine, run.redriveCount)
    let program = try await work.read { call in
      try call.room.program(revision, flow: flow) { try call.revision(machine, revision) }
    }
    var left = try await missing()
    var width = run.progress.maxConcurrency
    try await withThrowingTaskGroup(of: MapRunResult.self) { group in
      var running = 0
      var results: [MapRunResult] = []
      var inputs: (chunk: Int, texts: [Payload]) = (-1, [])
      var due = room.context.clock.now() + Self.longestDelay
      while true {
        while running < width, let child = left.popLast() {
          if inputs.chunk != child / MapRun.chunk { inputs = (child / MapRun.chunk, try await chunk(child / MapRun.chunk)) }
          guard let input = inputs.texts[safe: child % MapRun.chunk] else { break }
          let execution = ExpressExecution(run, child: child, input: input.text, started: room.context.clock.now())
          room.drivers.began(child, of: id, at: execution.started)
          running += 1
          group.addTask {
            var express = ExpressRun(room, execution, program, input: input, partition)
            return MapRunResult(child, attempt, try await express.run(), execution, partition)
          }
        }
        guard running > 0, let result = try await group.next() else { break }
        running -= 1
        results.append(result)
        let now = room.context.clock.now()
        guard result.status != .succeeded || results.count >= Self.batch || running == 0 || now >= due else { continue }
        let batch = results
        results = []
        due = now + Self.longestDelay
        let state = try await work.write { call -> MapRun? in
          try call.settle(id, attempt: attempt, started: batch.count, batch)
          return try call.get(MapRun.self, id)
        }
        room.drivers.ended(batch.lazy.map(\.child), of: id)
        guard let state, state.progress.status == .running, state.redriveCount == attempt else {
          group.cancelAll()
          break
        }
        width = state.progress.maxConcurrency
      }
    }
  }

  /// Children without a stored result, the last first; after a redrive also those whose result of before is no success.
  private func missing() async throws -> [Int] {
    let run = run
    return try await work.read { call in
      var done: Set<Int> = []
      var next: Int64 = 1
      while true {
        let records = try call.transaction.records(of: run.results(call.partition), from: next, limit: 500, descending: false)
        for record in records {
          let counts = record.sequence > run.resultsBefore ?? 0
          let results = try JSONValue(parsing: record.body).decode([MapRunResult].self)
          done.formUnion(results.filter { counts || $0.status == .succeeded }.map(\.child))
        }
        guard records.count == 500, let last = records.last else { break }
        next = last.sequence + 1
      }
      return (0..<run.children).reversed().filter { !done.contains($0) }
    }
  }

  private func chunk(_ number: Int) async throws -> [Payload] {
    let run = run
    return try await work.read { call in
      let records = try call.transaction.records(of: run.inputs(call.partition), from: Int64(number + 1), limit: 1, descending: false)
      let texts = try records.first.map { try JSONValue(parsing: $0.body) }?.array ?? []
      return try texts.map { try Payload(parsing: $0.string ?? "null") }
    }
  }
}
