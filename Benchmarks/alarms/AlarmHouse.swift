import CloudWatch
import FoundationEssentials
import JSON
import Logging
import SNS
import Series
import ServiceKit
import Store
import StoreSQLite
import Time

struct Nowhere: Outbound {
  func send(_ request: OutboundRequest) async throws -> OutboundResponse { throw OutboundError("nothing leaves a benchmark") }
  func send(_ message: MailMessage) async throws { throw OutboundError("nothing leaves a benchmark") }
}

/// CloudWatch on a store and an engine on disk, without the HTTP edge.
final class AlarmHouse: Sendable {
  static let partition = Partition(account: "000000000000", region: "eu-central-1")
  let store: SQLiteStore
  let engine: MetricEngine
  let room: CloudWatch
  let runner: AgendaRunner
  let invoker = Invoker()
  let clock: any WallClock
  private let identifiers = Identifiers()

  init(folder: String, clock: any WallClock) async throws {
    self.clock = clock
    try FileManager.default.createDirectory(atPath: folder + "/metrics", withIntermediateDirectories: true)
    var log = Logger(label: "bench")
    log.logLevel = .warning
    store = try SQLiteStore.open(path: folder + "/store.sqlite")
    engine = try MetricEngine(directory: folder + "/metrics", clock: clock)
    invoker.use(
      Pipeline(
        store: store, clock: clock, authorizer: AccountAuthorizer(), audit: AuditTrail(store: store, clock: clock, log: log),
        measurements: Measurements(), identifiers: identifiers, log: log))
    let context = RoomContext(
      store: store, clock: clock, invoker: invoker, limits: .open, log: log, home: Self.partition, directory: folder,
      endpoint: "http://127.0.0.1:4566", tokens: TokenSeal(secret: Array("a secret of a benchmark".utf8)), identifiers: identifiers,
      outbound: Nowhere())
    room = CloudWatch(context, engine: engine)
    invoker.register(room)
    try await room.start()
    runner = AgendaRunner(store: store, clock: clock, log: log, workers: WorkerEntry.entries(of: room))
  }

  func call(_ operation: String, _ input: JSONValue) async throws {
    let context = CallContext(
      caller: .root(account: Self.partition.account, region: Self.partition.region), requestID: identifiers.uuid(), now: clock.now())
    _ = try await invoker.call("cloudwatch", operation, input, context)
  }

  func key(_ number: Int) -> MetricKey {
    MetricKey(
      scope: Self.partition.text, namespace: "Bench", name: "Load", dimensions: [Dimension(name: "Host", value: "host-\(number)")])
  }

  func close() async {
    await store.close()
    await engine.close()
  }
}
