import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Time

/// One run of a Distributed Map state: its items as executions of their own.
struct MapRun: Resource {
  static let kind = "states.map-run"
  var id: String
  /// The machine's name.
  var machine: String
  var label: String
  /// The execution that waits, and by which number.
  var parent: String
  var task: Int
  var revision: String
  var roleArn: String
  /// The flow of the definition that an item runs.
  var flow: Int
  var isExpress: Bool
  var started: Timestamp
  var stopped: Timestamp?
  var progress: MapRunProgress
  /// Children there are, and how many have been started.
  var children: Int
  var next = 0
  /// Items of a child where they are put together; nil for one each.
  var itemCounts: [Int]?
  var redriveCount: Int?
  var redriven: Timestamp?
  /// Results that are stored up to here are of before the redrive.
  var resultsBefore: Int64?
  /// It has begun and starts no children yet, because as many runs are under way as may be.
  var isWaiting: Bool?
  /// Children of before the redrive are to be stopped before any begins.
  var isStopping: Bool?
  var key: String { id }
  /// By the execution, by what it waits for, and those that wait for their turn.
  var indexes: [String: String] {
    var indexes = ["parent": "\(parent)/\(Sortable.text(started))", "task": "\(parent)#\(task)"]
    if isWaiting == true { indexes["waiting"] = Sortable.text(redriven ?? started) }
    return indexes
  }

  /// Whether children wait to begin, or to begin again.
  var isLeft: Bool { next < children || progress.executions.pendingRedrive > 0 }

  /// As children name it: `machine/label`.
  var childMachine: String { "\(machine)/\(label)" }
  func arn(_ partition: Partition) -> String {
    "arn:aws:states:\(partition.region):\(partition.account):mapRun:\(machine)/\(label):\(id)"
  }
  func items(of child: Int) -> Int { itemCounts?[safe: child] ?? 1 }

  /// Inputs, `chunk` to a record.
  func inputs(_ partition: Partition) -> LedgerStream { LedgerStream("states.map-inputs/\(id)", in: partition) }
  static let chunk = 100
  /// Results in the order they came.
  func results(_ partition: Partition) -> LedgerStream { LedgerStream("states.map-results/\(id)", in: partition) }
}

/// How one child ended.
struct MapRunResult: Codable, Sendable {
  var child: Int
  var status: MapRunProgress.ChildEnd
  var output: String?
  /// What is known of an unsuccessful one, members in Pascal case.
  var description: JSONValue?
  /// Redrives the run had when the child began; nil for none.
  var attempt: Int?
  /// Of an Express child, of which nothing else is stored.
  var started: Timestamp?
  var stopped: Timestamp?
}

/// The inputs of a run's children, one record of them in memory.
struct MapRunInputs {
  private let run: MapRun
  private let call: Call<StepFunctions>
  private var record = -1
  private var texts: [JSONValue] = []

  init(_ run: MapRun, _ call: Call<StepFunctions>) {
    self.run = run
    self.call = call
  }

  /// The input of a child, as JSON.
  mutating func text(of child: Int) throws -> String {
    if child / MapRun.chunk != record {
      record = child / MapRun.chunk
      let records = try call.transaction.records(of: run.inputs(call.partition), from: Int64(record + 1), limit: 1, descending: false)
      texts = try records.first.map { try JSONValue(parsing: $0.body) }?.array ?? []
    }
    guard let text = texts[safe: child % MapRun.chunk]?.string else {
      throw StoreFault.damaged("The map run \(run.id) has no input of the child \(child).")
    }
    return text
  }
}

extension Call where Home == StepFunctions {
  /// The map run an ARN names. Throws InvalidArn or ResourceNotFound.
  func mapRun(_ text: String) throws -> MapRun {
    let arn = try StatesARN.parse(text, "mapRun", in: partition)
    let parts = arn.resourceName.split(separator: ":").map(String.init)
    guard parts.count == 2 else { throw Fault.invalidARN(text) }
    guard let run = try get(MapRun.self, parts[1]), run.childMachine == parts[0] else { throw Fault.resourceNotFound(text) }
    return run
  }

  /// Everything its children answered, as the state hands it on.
  func output(of run: MapRun) throws -> Payload {
    var results: [MapRunResult] = []
    var next: Int64 = 1
    while true {
      let records = try transaction.records(of: run.results(partition), from: next, limit: 500, descending: false)
      for record in records { results += try JSONValue(parsing: record.body).decode([MapRunResult].self) }
      guard records.count == 500, let last = records.last else { break }
      next = last.sequence + 1
    }
    // A child that was run again after a crash has two; the last holds.
    let byChild = Dictionary(results.map { ($0.child, $0) }, uniquingKeysWith: { $1 })
    let sorted = try byChild.sorted { $0.key < $1.key }.map { _, result in
      ChildResult(
        status: result.status, output: try result.output.map { try Payload(parsing: $0) }, description: result.description ?? .null)
    }
    return ResultWriting(nil, runID: run.id).output(sorted)
  }

  /// Removes a map run with its items.
  func erase(_ run: MapRun) throws {
    try transaction.delete(run.inputs(partition))
    try transaction.delete(run.results(partition))
    try transaction.cancel(FeedMapRun.queue, key: run.id, in: partition)
    try delete(MapRun.self, run.id)
  }
}

extension MapRunResult {
  init(_ child: Int, _ attempt: Int?, _ result: ExpressResult, _ execution: ExpressExecution, _ partition: Partition) {
    self.child = child
    self.attempt = attempt
    (started, stopped) = (execution.started, result.stopped)
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
    attempt = execution.attempt
    self.status = status
    self.output = output
    if status != .succeeded { self.description = JSONCase.value(.object(description), .pascal) }
  }
}
