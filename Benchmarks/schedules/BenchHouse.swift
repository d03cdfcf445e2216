import EventBridge
import FoundationEssentials
import JSON
import Logging
import SQS
import Scheduler
import ServiceKit
import Store
import StoreSQLite
import Synchronization
import Time
import Wire

struct Nowhere: Outbound {
  func send(_ request: OutboundRequest) async throws -> OutboundResponse { throw OutboundError("nothing leaves a benchmark") }
  func send(_ message: MailMessage) async throws { throw OutboundError("nothing leaves a benchmark") }
}

/// A target that keeps what it is given as a queue keeps a message, and writes down how late it was on disk.
final class Target: Room {
  static let identity = ServiceIdentity(
    id: "bench", signingName: "bench", protocols: [.awsJson11], targetPrefix: "Bench", apiVersion: "2026-01-01", xmlNamespace: "")
  static let memberCase = JSONMemberCase.pascal
  static let operations: [any OperationDescription<Target>.Type] = [Take.self]
  let context: RoomContext
  private let taken = Mutex<[Duration]>([])
  init(_ context: RoomContext) { self.context = context }

  func take(_ lateness: Duration) { taken.withLock { $0.append(lateness) } }
  var lateness: [Duration] { taken.withLock { $0 } }
  func forget() { taken.withLock { $0 = [] } }
}

struct Take: Operation {
  struct Input: Shape {
    var body: String
    var due: Timestamp
  }
  private struct Message: Codable, Sendable {
    var id: String
    var body: String
    var sender: String
    var sent: Timestamp
  }
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: Call<Target>) throws -> Empty {
    let (room, clock) = (call.room, call.room.context.clock)
    let message = Message(
      id: room.context.identifiers.uuid(at: call.now), body: input.body, sender: call.caller.userID, sent: call.now)
    try call.schedule(message, for: "bench.messages", key: message.id)
    call.transaction.afterCommit { room.take(clock.now() - input.due) }
    return Empty()
  }
}

/// The rooms of schedules on a store on disk, without the HTTP edge.
final class BenchHouse: Sendable {
  static let partition = Partition(account: "000000000000", region: "eu-central-1")
  let store: SQLiteStore
  let clock: any WallClock
  let invoker = Invoker()
  let target: Target
  let runner: AgendaRunner
  private let identifiers = Identifiers()

  init(folder: String, clock: any WallClock = SystemClock()) async throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let log = Logger(label: "bench")
    self.clock = clock
    store = try SQLiteStore.open(path: folder + "/store.sqlite")
    invoker.use(
      Pipeline(
        store: store, clock: clock, authorizer: AccountAuthorizer(), audit: AuditTrail(store: store, clock: clock, log: log),
        measurements: Measurements(), identifiers: identifiers, log: log))
    let context = RoomContext(
      store: store, clock: clock, invoker: invoker, limits: .open, log: log, home: Self.partition, directory: folder,
      endpoint: "http://127.0.0.1:4566", tokens: TokenSeal(secret: Array("a secret of a benchmark".utf8)), identifiers: identifiers,
      outbound: Nowhere())
    target = Target(context)
    let (sqs, events, scheduler) = (SQS(context), EventBridge(context), Scheduler(context))
    invoker.register(target)
    invoker.register(sqs)
    invoker.register(events)
    invoker.register(scheduler)
    for room in [sqs, events, scheduler] as [any Room] { try await room.start() }
    runner = AgendaRunner(
      store: store, clock: clock, log: log,
      workers: WorkerEntry.entries(of: sqs) + WorkerEntry.entries(of: events) + WorkerEntry.entries(of: scheduler)
        + [.forgetTokens(store, log: log)])
  }

  @discardableResult
  func call(_ service: String, _ operation: String, _ input: JSONValue) async throws -> JSONValue {
    let context = CallContext(
      caller: .root(account: Self.partition.account, region: Self.partition.region), requestID: identifiers.uuid(), now: clock.now())
    return try await invoker.call(service, operation, input, context)
  }

  /// Makes a schedule whose target is the benchmark's.
  func schedule(_ name: String, at due: Timestamp) async throws {
    let expression = "at(\(due.iso8601(.milliseconds).dropLast()))"
    let input: JSONValue = ["Body": "due", "Due": .double(due.epochSeconds)]
    try await call(
      "scheduler", "CreateSchedule",
      [
        "Name": .string(name), "ScheduleExpression": .string(expression), "FlexibleTimeWindow": ["Mode": "OFF"],
        "Target": [
          "Arn": "arn:aws:scheduler:::aws-sdk:bench:take", "RoleArn": "arn:aws:iam::000000000000:role/bench", "Input": .string(input.text),
        ],
      ])
  }
}
