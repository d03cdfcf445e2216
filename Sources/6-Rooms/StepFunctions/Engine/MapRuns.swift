import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Synchronization
import Time

/// How map runs begin, go on and end, in the transactions of the executions that wait for them.
extension Call where Home == StepFunctions {
  /// Begins a map run: its items are stored, and `FeedMapRun` starts its children.
  func begin(_ request: MapRunRequest, _ execution: Execution) throws -> [ExecutionEvent] {
    guard case .inline(let inputs) = request.items else {
      return [.mapRunFailed(id: request.id, error: ItemReadingFailure.error, cause: "Amazon S3 is not served by Martlet yet.")]
    }
    var progress = MapRunProgress(request)
    let counts = inputs.map { request.batchSize(of: $0) }
    progress.add(batches: counts)
    progress.finishReading()
    var run = MapRun(
      id: room.context.identifiers.uuid(), machine: execution.machine, label: request.label, parent: execution.key, task: request.id,
      revision: execution.revision, roleArn: execution.roleArn, flow: request.flow, isExpress: request.executionType == .express,
      started: now, progress: progress, children: inputs.count, itemCounts: counts.allSatisfy { $0 == 1 } ? nil : counts)
    let records = stride(from: 0, to: inputs.count, by: MapRun.chunk).map { start in
      JSONValue.array(inputs[start..<min(start + MapRun.chunk, inputs.count)].map { .string($0.text) }).bytes
    }
    if !records.isEmpty { try transaction.append(records, to: run.inputs(partition), expected: 0) }
    let startedEvent = ExecutionEvent.mapRunStarted(id: request.id, arn: run.arn(partition))
    guard progress.status == .running else {
      run.stopped = now
      try put(run)
      return [startedEvent, .mapRunSucceeded(id: request.id, output: try output(of: run))]
    }
    try put(run)
    try schedule(run.id, for: FeedMapRun.queue, key: run.id)
    return [startedEvent]
  }

  /// The execution does not wait for it any more.
  func cancelMapRun(_ execution: String, _ id: Int) throws {
    let page = try transaction.page(MapRun.self, in: partition, index: "task", equals: "\(execution)#\(id)", limit: 1)
    guard var run = page.items.first, run.progress.status == .running else { return }
    run.progress.abort()
    try close(&run)
  }

  /// Takes in how children ended.
  func settle(_ id: String, _ results: [MapRunResult]) throws {
    guard var run = try get(MapRun.self, id), run.progress.status == .running else { return }
    for result in results { run.progress.end(result.status, items: run.items(of: result.child)) }
    try transaction.append([try JSONValue(encoding: results).bytes], to: run.results(partition), expected: nil)
    guard run.progress.status == .running else {
      try close(&run)
      return try schedule(PendingEvent(mapRun: run.id), for: DeliverToExecution.queue)
    }
    try put(run)
    if run.progress.room > 0, !run.isExpress { try schedule(run.id, for: FeedMapRun.queue, key: run.id) }
  }

  /// Keeps the end of a run; children that still run are aborted by `FeedMapRun`.
  private func close(_ run: inout MapRun) throws {
    run.stopped = now
    try put(run)
    try schedule(run.id, for: FeedMapRun.queue, key: run.id)
  }

  /// Tells the waiting execution how a run ended.
  func deliver(mapRun id: String) throws {
    guard let run = try get(MapRun.self, id) else { return }
    switch run.progress.status {
    case .succeeded: try advance(run.parent, [.mapRunSucceeded(id: run.task, output: try output(of: run))])
    case .failed:
      try advance(
        run.parent,
        [
          .mapRunFailed(
            id: run.task, error: ErrorName.toleranceExceeded, cause: "The specified tolerated failure threshold was exceeded")
        ])
    case .running, .aborted: break
    }
  }
}

extension MapRunRequest {
  /// How many items a child gets.
  fileprivate func batchSize(of input: Payload) -> Int {
    isBatched ? input.value["Items"]?.array?.count ?? 1 : 1
  }
}

/// Starts children of a map run while there is room, some at a time; aborts those that run when it has ended.
struct FeedMapRun: Worker {
  static let queue = "states.map-run"
  static let concurrency = 64
  /// An Express run is worked on until it ends; a claim does not outlive the process.
  static let lease = Duration.seconds(366 * 86_400)
  private static let atOnce = 100

  static func run(_ task: AgendaTask, _ work: Work<StepFunctions>) async throws {
    let id = try work.payload(String.self)
    guard let run = try await work.read({ try $0.get(MapRun.self, id) }) else { return }
    if run.isExpress {
      guard run.progress.status == .running else { return work.room.drivers.stop(id) }
      return try await work.room.drivers.drive(id) { try await ExpressMapRun(work, run).run() }
    }
    try await work.finish { call in
      guard var run = try call.get(MapRun.self, id) else { return }
      if run.progress.status == .running {
        try start(&run, call)
      } else {
        try abort(run, call)
      }
    }
  }

  private static func start(_ run: inout MapRun, _ call: Call<StepFunctions>) throws {
    for _ in 0..<min(run.progress.room, atOnce) where run.next < run.children {
      let execution = Execution(run, child: run.next, name: call.room.context.identifiers.uuid(), started: call.now)
      let input = try call.input(of: run.next, in: run)
      var stored = execution
      if try !call.setLarge(input.text, &stored, \.largeInput) { stored.input = input.text }
      try call.put(stored)
      try call.schedule(PendingEvent(begin: execution.key), for: DeliverToExecution.queue)
      run.progress.start(items: run.items(of: run.next))
      run.next += 1
    }
    try call.put(run)
    if run.progress.room > 0, run.next < run.children { try call.schedule(run.id, for: queue, key: run.id) }
  }

  private static func abort(_ run: MapRun, _ call: Call<StepFunctions>) throws {
    let prefix = "\(run.id)/RUNNING/"
    let page = try call.transaction.page(
      Execution.self, in: call.partition, CatalogQuery(.index("mapRunStatus", from: prefix, to: prefix + "\u{7F}"), limit: atOnce))
    for child in page.items { try call.advance(child.key, [.abort(error: nil, cause: "The Map Run has ended.")]) }
    if page.next != nil { try call.schedule(run.id, for: queue, key: run.id) }
  }
}

/// Express map runs that are worked on, so that one that is stopped stops.
final class MapRunDrivers: Sendable {
  private let running = Mutex<[String: Task<Void, any Error>]>([:])

  func stop(_ id: String) { running.withLock { $0[id] }?.cancel() }

  /// Does the work, until it is done or `stop` is called.
  func drive(_ id: String, _ work: @escaping @Sendable () async throws -> Void) async throws {
    let task = Task { try await work() }
    running.withLock { $0[id] = task }
    defer { running.withLock { $0[id] = nil } }
    do { try await withTaskCancellationHandler { try await task.value } onCancel: { task.cancel() } } catch is CancellationError {
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
    let (revision, flow, machine) = (run.revision, run.flow, run.machine)
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
          let execution = ExpressExecution(run, name: room.context.identifiers.uuid(), input: input.text, started: room.context.clock.now())
          running += 1
          group.addTask {
            var express = ExpressRun(room, execution, program, input: input, partition)
            return MapRunResult(child, try await express.run(), execution, partition)
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
          try call.settle(id, started: batch.count, batch)
          return try call.get(MapRun.self, id)
        }
        guard let state, state.progress.status == .running else {
          group.cancelAll()
          break
        }
        width = state.progress.maxConcurrency
      }
    }
  }

  /// Children without a stored result, the last first.
  private func missing() async throws -> [Int] {
    let run = run
    return try await work.read { call in
      var done: Set<Int> = []
      var next: Int64 = 1
      while true {
        let records = try call.transaction.records(of: run.results(call.partition), from: next, limit: 500, descending: false)
        for record in records { done.formUnion(try JSONValue(parsing: record.body).decode([MapRunResult].self).map(\.child)) }
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

extension Call where Home == StepFunctions {
  /// As `settle`, for children that were not counted as running before.
  func settle(_ id: String, started: Int, _ results: [MapRunResult]) throws {
    guard var run = try get(MapRun.self, id), run.progress.status == .running else { return }
    for result in results.prefix(started) {
      run.progress.start(items: run.items(of: result.child))
      run.next += 1
    }
    try put(run)
    try settle(id, results)
  }
}

extension MapRunResult {
  init(_ child: Int, _ result: ExpressResult, _ execution: ExpressExecution, _ partition: Partition) {
    self.child = child
    var description: JSONObject = [
      "ExecutionArn": .string(execution.arn(partition)), "Input": .string(execution.input),
      "InputDetails": ["Included": true], "Name": .string(execution.name), "StartDate": .string(execution.started.iso8601(.milliseconds)),
      "StateMachineArn": .string(StateMachine.arn(execution.machine, partition).description), "Status": .string(result.status),
      "StopDate": .string(result.stopped.iso8601(.milliseconds)),
    ]
    switch result.outcome {
    case .succeeded(let payload):
      status = .succeeded
      output = payload.text
    case .failed(let error, let cause):
      status = .failed
      description["Error"] = error.map { .string($0) }
      description["Cause"] = cause.map { .string($0) }
    case .timedOut:
      status = .timedOut
      description["Error"] = .string(ErrorName.timeout)
    case .aborted: status = .aborted
    }
    if status != .succeeded { self.description = .object(description) }
  }

  /// How a Standard child ended.
  init?(_ execution: Execution, output: String?, _ description: JSONObject) {
    guard let child = execution.child, let status = MapRunProgress.ChildEnd(rawValue: execution.status) else { return nil }
    self.child = child
    self.status = status
    self.output = output
    if status != .succeeded { self.description = JSONCase.value(.object(description), .pascal) }
  }
}
