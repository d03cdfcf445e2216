import JSON
import Logging
import ServiceKit
import Store
import StoreSQLite
import Synchronization
import Time

/// Rooms without a server: an in-memory store, a clock that a test moves, identifiers that repeat, and everything that leaves a
/// room written down.
package final class TestHouse: Sendable {
  package let clock: ManualClock
  package let store: any Store
  package let invoker = Invoker()
  package let seen = Seen()
  package let audit: AuditTrail
  package let counters: MetricCounters
  private let limits: LimitProfile
  private let identifiers: Identifiers
  private let workers = Mutex<[WorkerEntry]>([])
  private let runner = Mutex<AgendaRunner?>(nil)
  private let directory: String

  package static let account = "000000000000"
  package static let region = "eu-central-1"
  package static let partition = Partition(account: account, region: region)

  /// - Parameter directory: where rooms may keep files; the test that gives it removes it.
  package init(limits: LimitProfile = .open, at start: Timestamp = Timestamp(seconds: 1_767_225_600), directory: String = "/nonexistent")
    throws
  {
    clock = ManualClock(start)
    store = try SQLiteStore.open(path: nil)
    self.limits = limits
    self.directory = directory
    identifiers = Identifiers(seed: 7)
    audit = AuditTrail(store: store, clock: clock, log: Logger(label: "test"))
    counters = MetricCounters(clock: clock, log: Logger(label: "test"))
    invoker.use(
      Pipeline(
        store: store, clock: clock, authorizer: AccountAuthorizer(), audit: audit, measurements: Measurements(), identifiers: identifiers,
        log: Logger(label: "test")))
    invoker.provide(events: seen, completions: seen, metrics: seen, logs: seen)
  }

  package var context: RoomContext {
    RoomContext(
      store: store, clock: clock, invoker: invoker, limits: limits, log: Logger(label: "test"), home: Self.partition, directory: directory,
      endpoint: "http://127.0.0.1:4566", tokens: TokenSeal(secret: Array("a secret of at least 16 bytes".utf8)),
      identifiers: identifiers, outbound: seen, counters: counters)
  }

  /// What the rooms have counted since the last time, as metrics.
  package func counted() async -> [MetricDatum] {
    let before = seen.metrics.count
    await counters.flush(to: seen)
    return Array(seen.metrics.dropFirst(before))
  }

  /// Makes, registers and starts a room.
  @discardableResult
  package func open<R: Room>(_ make: (RoomContext) throws -> R) async throws -> R {
    let room = try make(context)
    invoker.register(room)
    workers.withLock { $0 += WorkerEntry.entries(of: room) }
    runner.withLock { $0 = nil }
    try await room.start()
    return room
  }

  /// Calls an operation as the account's root. Throws Fault.
  @discardableResult
  package func call(_ service: String, _ operation: String, _ input: JSONValue = .object(JSONObject())) async throws(Fault) -> JSONValue {
    let context = CallContext(
      caller: .root(account: Self.account, region: Self.region), requestID: identifiers.uuid(), now: clock.now())
    return try await invoker.call(service, operation, input, context)
  }

  /// The fault a call is answered with, or nil when it succeeds.
  package func fault(_ service: String, _ operation: String, _ input: JSONValue = .object(JSONObject())) async -> Fault? {
    do throws(Fault) {
      try await call(service, operation, input)
      return nil
    } catch { return error }
  }

  /// Does everything that is due now.
  package func drain() async {
    let runner = runner.withLock { runner in
      if let runner { return runner }
      let made = AgendaRunner(store: store, clock: clock, log: Logger(label: "test"), workers: workers.withLock { $0 })
      runner = made
      return made
    }
    await runner.drain()
  }

  /// Moves the clock in steps no longer than `step`, doing after each what is due.
  package func advance(by duration: Duration, step: Duration = .seconds(3_600)) async {
    let end = clock.now() + duration
    await drain()
    while clock.now() < end {
      clock.advance(to: min(end, clock.now() + step))
      await drain()
    }
  }
}

/// What left the rooms of a test.
package final class Seen: EventRouter, CompletionListener, MetricSink, LogSink, Outbound {
  private struct State {
    var events: [Event] = []
    var completions: [(ARN, Bool, JSONValue)] = []
    var metrics: [MetricDatum] = []
    var lines: [String: [LogLine]] = [:]
    var requests: [OutboundRequest] = []
    var mails: [MailMessage] = []
    var answer: @Sendable (OutboundRequest) throws -> OutboundResponse = { _ in OutboundResponse(status: 200) }
    var mailFailure: OutboundError?
  }
  private let state = Mutex(State())

  /// Events put on the default bus, in order.
  package var events: [Event] { state.withLock { $0.events } }
  package var completions: [(arn: ARN, succeeded: Bool, output: JSONValue)] { state.withLock { $0.completions } }
  package var metrics: [MetricDatum] { state.withLock { $0.metrics } }
  package var requests: [OutboundRequest] { state.withLock { $0.requests } }
  package var mails: [MailMessage] { state.withLock { $0.mails } }

  /// Sets how requests that go out are answered.
  package func answer(_ answer: @escaping @Sendable (OutboundRequest) throws -> OutboundResponse) { state.withLock { $0.answer = answer } }
  /// Makes mail fail from now on, or work again.
  package func failMail(_ error: OutboundError?) { state.withLock { $0.mailFailure = error } }

  package func send(_ request: OutboundRequest) async throws -> OutboundResponse {
    let answer = state.withLock { state in
      state.requests.append(request)
      return state.answer
    }
    return try answer(request)
  }
  package func send(_ message: MailMessage) async throws {
    try state.withLock { state in
      if let failure = state.mailFailure { throw failure }
      state.mails.append(message)
    }
  }

  /// Messages of a stream, in order.
  package func lines(_ group: String, _ stream: String) -> [String] {
    state.withLock { $0.lines["\(group):\(stream)"] ?? [] }.map(\.message)
  }

  package func route(_ event: Event, in partition: Partition, _ transaction: any Transaction) throws {
    transaction.afterCommit { self.state.withLock { $0.events.append(event) } }
  }
  package func finished(
    _ resource: ARN, succeeded: Bool, output: JSONValue, in partition: Partition, _ transaction: any Transaction
  ) throws {
    transaction.afterCommit { self.state.withLock { $0.completions.append((resource, succeeded, output)) } }
  }
  package func store(_ data: [MetricDatum], in partition: Partition) async throws {
    state.withLock { $0.metrics += data }
  }
  package func append(_ lines: [LogLine], group: String, stream: String, in partition: Partition) async throws {
    state.withLock { $0.lines["\(group):\(stream)", default: []] += lines }
  }
}
