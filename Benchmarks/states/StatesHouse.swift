import FoundationEssentials
import JSON
import Logging
import ServiceKit
import StepFunctions
import Store
import StoreSQLite
import Synchronization
import Time

struct Nowhere: Outbound {
  func send(_ request: OutboundRequest) async throws -> OutboundResponse { throw OutboundError("nothing leaves a benchmark") }
  func send(_ message: MailMessage) async throws { throw OutboundError("nothing leaves a benchmark") }
}

/// Step Functions on a store on disk, without the HTTP edge.
final class StatesHouse: Sendable {
  static let partition = Partition(account: "000000000000", region: "eu-central-1")
  let store: SQLiteStore
  let invoker = Invoker()
  let room: StepFunctions
  let runner: AgendaRunner
  private let audit: AuditTrail
  private let clock = SystemClock()
  private let identifiers = Identifiers()

  init(folder: String) async throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let log = Logger(label: "bench")
    store = try SQLiteStore.open(path: folder + "/store.sqlite")
    audit = AuditTrail(store: store, clock: clock, log: log)
    invoker.use(
      Pipeline(
        store: store, clock: clock, authorizer: AccountAuthorizer(), audit: audit,
        measurements: Measurements(), identifiers: identifiers, log: log))
    room = StepFunctions(
      RoomContext(
        store: store, clock: clock, invoker: invoker, limits: .open, log: log, home: Self.partition, directory: folder,
        endpoint: "http://127.0.0.1:4566", tokens: TokenSeal(secret: Array("a secret of a benchmark".utf8)), identifiers: identifiers,
        outbound: Nowhere()))
    invoker.register(room)
    try await room.start()
    runner = AgendaRunner(store: store, clock: clock, log: log, workers: WorkerEntry.entries(of: room))
    Task { [audit] in await audit.run() }
  }

  @discardableResult
  func call(_ operation: String, _ input: JSONValue) async throws -> JSONValue {
    let context = CallContext(
      caller: .root(account: Self.partition.account, region: Self.partition.region), requestID: identifiers.uuid(), now: clock.now())
    return try await invoker.call("stepfunctions", operation, input, context)
  }

  func create(_ name: String, _ definition: JSONValue, type: String = "STANDARD") async throws -> JSONValue {
    try await call(
      "CreateStateMachine",
      [
        "name": .string(name), "definition": .string(definition.text), "roleArn": "arn:aws:iam::000000000000:role/bench",
        "type": .string(type),
      ])["stateMachineArn"] ?? .null
  }
}

enum Definitions {
  /// Five states, none of which waits.
  static let five: JSONValue = [
    "StartAt": "A",
    "States": [
      "A": ["Type": "Pass", "Result": ["n": 1], "ResultPath": "$.a", "Next": "B"],
      "B": ["Type": "Choice", "Choices": [["Variable": "$.a.n", "NumericEquals": 1, "Next": "C"]], "Default": "E"],
      "C": ["Type": "Pass", "Parameters": ["sum.$": "States.MathAdd($.a.n, 1)", "given.$": "$.given"], "Next": "D"],
      "D": ["Type": "Choice", "Choices": [["Variable": "$.sum", "NumericGreaterThan": 1, "Next": "E"]], "Default": "E"],
      "E": ["Type": "Pass", "End": true],
    ],
  ]
  static let wait: JSONValue = ["StartAt": "W", "States": ["W": ["Type": "Wait", "Seconds": 86400, "End": true]]]
  /// Goes round so often as its input says; each round is four events.
  static let loop: JSONValue = [
    "StartAt": "A",
    "States": [
      "A": ["Type": "Pass", "Parameters": ["left.$": "States.MathAdd($.left, -1)"], "Next": "B"],
      "B": ["Type": "Choice", "Choices": [["Variable": "$.left", "NumericGreaterThan": 0, "Next": "A"]], "Default": "C"],
      "C": ["Type": "Succeed"],
    ],
  ]
  static func map(_ concurrency: Int64, _ type: String) -> JSONValue {
    [
      "StartAt": "M",
      "States": [
        "M": [
          "Type": "Map", "MaxConcurrency": .int(concurrency), "End": true, "ResultPath": .null,
          "ItemProcessor": [
            "ProcessorConfig": ["Mode": "DISTRIBUTED", "ExecutionType": .string(type)], "StartAt": "P",
            "States": ["P": ["Type": "Pass", "End": true]],
          ],
        ]
      ],
    ]
  }
}

/// Resident memory of this process in bytes.
func resident() -> Int {
  guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
  return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4_096
}

extension Duration {
  var inSeconds: Double { self / .seconds(1) }
}

/// The durations' median and 99th percentile in milliseconds, as text.
func quantiles(_ durations: [Duration]) -> String {
  let sorted = durations.map { $0 / .milliseconds(1) }.sorted()
  guard !sorted.isEmpty else { return "none" }
  func at(_ part: Double) -> String { String((sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))] * 100).rounded() / 100) }
  return "p50 \(at(0.5)) ms, p99 \(at(0.99)) ms"
}
