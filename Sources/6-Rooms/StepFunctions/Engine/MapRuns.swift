import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
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
      id: room.context.identifiers.uuid(), machine: execution.machine,
      label: request.label ?? MapLabel.made(machine: execution.machine, state: request.state), parent: execution.key, task: request.id,
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
    try admit(&run)
    return [startedEvent]
  }

  /// The execution does not wait for it any more.
  func cancelMapRun(_ execution: String, _ id: Int) throws {
    let page = try transaction.page(MapRun.self, in: partition, index: "task", equals: "\(execution)#\(id)", limit: 1)
    guard var run = page.items.first, run.progress.status == .running else { return }
    run.progress.abort()
    try close(&run)
  }

  /// Takes in how children ended. Of children that began before the run's last redrive only success counts: the others begin again.
  ///
  /// - Parameter feeding: whether others are to be started in their place.
  func settle(_ id: String, _ results: [MapRunResult], feeding: Bool = true) throws {
    guard var run = try get(MapRun.self, id), run.progress.status == .running else { return }
    let counting = results.filter { $0.attempt == run.redriveCount || $0.status == .succeeded }
    if counting.isEmpty { return }
    for result in counting {
      let items = run.items(of: result.child)
      if result.attempt != run.redriveCount { run.progress.start(items: items) }
      run.progress.end(result.status, items: items)
    }
    try transaction.append([try JSONValue(encoding: counting).bytes], to: run.results(partition), expected: nil)
    try settled(&run, feeding: feeding)
  }

  /// Stores what has become of a run that children have ended of.
  func settled(_ run: inout MapRun, feeding: Bool = true) throws {
    guard run.progress.status == .running else {
      try close(&run)
      return try schedule(PendingEvent(mapRun: run.id), for: DeliverToExecution.queue)
    }
    try put(run)
    if feeding, run.progress.room > 0, run.isLeft, !run.isExpress, run.isWaiting != true {
      try schedule(run.id, for: FeedMapRun.queue, key: run.id)
    }
  }

  /// Keeps the end of a run; children that still run are aborted by `FeedMapRun`.
  private func close(_ run: inout MapRun) throws {
    run.stopped = now
    run.isStopping = nil
    try leave(&run)
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
  /// Children started in one transaction, and between two looks at the run.
  static let atOnce = 100
  private static let together = 20
  /// Events recorded in one transaction before the rest is left to the next.
  private static let mostEvents = 2_000

  static func run(_ task: AgendaTask, _ work: Work<StepFunctions>) async throws {
    let id = try work.payload(String.self)
    guard let run = try await work.read({ try $0.get(MapRun.self, id) }), run.isWaiting != true else { return }
    if run.isExpress {
      guard run.progress.status == .running else { return work.room.drivers.stop(id) }
      return try await work.room.drivers.drive(id) { try await ExpressMapRun(work, run).run() }
    }
    try await work.finish { call in
      guard var run = try call.get(MapRun.self, id) else { return }
      guard run.progress.status == .running, run.isStopping != true else { return try abort(&run, call) }
      try start(&run, call)
    }
  }

  /// Starts the children there is room for and takes each as far as it goes; those that end at once are never seen running. A bounded part
  /// at a time, so that others are not held up.
  private static func start(_ run: inout MapRun, _ call: Call<StepFunctions>) throws {
    var inputs = MapRunInputs(run, call)
    var events = 0
    var started = try call.beginAgain(&run, most: min(run.progress.room, atOnce))
    if started > 0 { try call.put(run) }
    while run.progress.status == .running, run.isLeft, run.progress.room > 0 {
      guard started < atOnce, events < mostEvents, run.next < run.children else {
        return try call.schedule(run.id, for: queue, key: run.id)
      }
      let first = run.next
      for _ in 0..<min(run.progress.room, together, run.children - first) {
        run.progress.start(items: run.items(of: run.next))
        run.next += 1
      }
      // Before they run: what they do may end the run that they are of.
      try call.put(run)
      var results: [MapRunResult] = []
      for child in first..<run.next {
        let (result, recorded) = try start(child, of: run, try inputs.text(of: child), call)
        if let result { results.append(result) }
        events += recorded
      }
      started += run.next - first
      if !results.isEmpty { try call.settle(run.id, results, feeding: false) }
      guard let now = try call.get(MapRun.self, run.id) else { return }
      run = now
    }
  }

  /// Starts one child; answers its result where it has ended, and how many events it has recorded.
  private static func start(
    _ child: Int, of run: MapRun, _ input: String, _ call: Call<StepFunctions>
  ) throws -> (result: MapRunResult?, events: Int) {
    var execution = Execution(run, child: child, name: call.room.context.identifiers.uuid(at: call.now), started: call.now)
    if try !call.setLarge(input, &execution, \.largeInput) { execution.input = input }
    var step = try ExecutionStep(call, execution, ExecutionState(), input: try Payload(parsing: input), isStored: false)
    step.keepsResult = true
    _ = try step.take([.start])
    return (step.result, step.recorded)
  }

  /// Stops children of a run that has ended, also where it has been redriven since; with the last the redrive goes on.
  private static func abort(_ run: inout MapRun, _ call: Call<StepFunctions>) throws {
    let prefix = "\(run.id)/RUNNING/"
    let page = try call.transaction.page(
      Execution.self, in: call.partition, CatalogQuery(.index("mapRunStatus", from: prefix, to: prefix + "\u{7F}"), limit: atOnce))
    for child in page.items { try call.advance(child.key, [.abort(error: nil, cause: "The Map Run has ended.")]) }
    if page.next == nil, run.isStopping == true, let now = try call.get(MapRun.self, run.id), now.isStopping == true {
      run = now
      run.isStopping = nil
      try call.put(run)
      return try call.schedule(run.id, for: queue, key: run.id)
    }
    if page.next != nil { try call.schedule(run.id, for: queue, key: run.id) }
  }
}

extension Call where Home == StepFunctions {
  /// As `settle`, for children that were not counted as running before. Nothing of an attempt that a redrive has followed counts.
  func settle(_ id: String, attempt: Int?, started: Int, _ results: [MapRunResult]) throws {
    guard var run = try get(MapRun.self, id), run.progress.status == .running, run.redriveCount == attempt else { return }
    for result in results.prefix(started) {
      run.progress.start(items: run.items(of: result.child))
      run.next = min(run.children, run.next + 1)
    }
    try put(run)
    try settle(id, results)
  }
}
