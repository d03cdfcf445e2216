import Batch
import CloudTrail
import CloudWatch
import EventBridge
import Execution
import IAM
import Inlets
import LocalExecution
import Logging
import Logs
import NIOPosix
import Pipes
import SNS
import SQS
import Scheduler
import Series
import Server
import ServiceKit
import ServiceLifecycle
import StepFunctions
import Store
import StoreSQLite
import Time

/// Everything put together: the only place that knows all rooms and every backend.
package final class House: Service {
  package static let version = "0.1.0"

  private struct Parts: Sendable {
    var store: any Store
    var logs: LogEngine
    var metrics: MetricEngine
    var outbound: NetworkOutbound
    var audit: AuditTrail
    var counters: MetricCounters
    var invoker: Invoker
    var rooms: [any Room]
    var sockets: [any InletSocket]
    var runner: AgendaRunner
    var listener: Listener
  }
  private let parts: Parts
  private let log: Logger

  private init(_ parts: Parts, log: Logger) {
    self.parts = parts
    self.log = log
  }

  /// Opens the data directory and everything in it, recovers what ran, and is ready to listen.
  ///
  /// Throws ConfigurationError or StoreFault, each with a sentence for the person who starts the server.
  /// - Parameter listening: called once with the port that is listened on.
  package static func open(
    _ configuration: ServerConfiguration, log: Logger, clock: any WallClock = SystemClock(),
    listening: @escaping @Sendable (Int) async -> Void
  ) async throws -> House {
    try configuration.validate()
    let directory = try DataDirectory(configuration.data)
    let store = try SQLiteStore.open(path: directory.database)
    let identifiers = Identifiers()
    let rootKey = try directory.rootKey(identifiers)
    let tokens = TokenSeal(secret: try directory.secret(identifiers))
    try directory.writeProfile(endpoint: configuration.endpoint, region: configuration.region, key: rootKey)
    let keys = try logKeys(configuration, directory, identifiers)
    let logs = try LogEngine(directory: try directory.folder("series/logs"), clock: clock, ciphers: keys)
    let metrics = try MetricEngine(
      directory: try directory.folder("series/metrics"), clock: clock, limits: try metricLimits(configuration))
    let group = MultiThreadedEventLoopGroup.singleton
    // 1 while what has been stored can not be put in order: nothing is lost, but something needs mending, a full disk say.
    let measurements = Measurements()
    measurements.gauge("martlet_series_fault{engine=\"logs\"}") { logs.backgroundFault == nil ? 0 : 1 }
    measurements.gauge("martlet_series_fault{engine=\"metrics\"}") { metrics.backgroundFault == nil ? 0 : 1 }
    let outbound = NetworkOutbound(group: group, mail: configuration.mail)
    let invoker = Invoker()
    let audit = AuditTrail(store: store, clock: clock, log: log)
    invoker.use(
      Pipeline(
        store: store, clock: clock, authorizer: AccountAuthorizer(), audit: audit, measurements: measurements, identifiers: identifiers,
        log: log))
    let context = RoomContext(
      store: store, clock: clock, invoker: invoker, limits: configuration.limits, log: log,
      home: Partition(account: configuration.account, region: configuration.region), directory: directory.path,
      endpoint: configuration.endpoint, tokens: tokens, identifiers: identifiers, outbound: outbound,
      counters: MetricCounters(clock: clock, log: log))
    let execution = try await execution(configuration, directory, clock, log)
    let inlets = Inlets(context, configuration.inlets.room)
    measurements.section { inlets.counts.exposition() }
    let rooms = rooms(context, execution, (logs, keys), metrics, configuration) + [inlets]
    var workers = [WorkerEntry.forgetTokens(store, log: log)]
    for room in rooms {
      register(room, with: invoker)
      workers += WorkerEntry.entries(of: room)
    }
    for room in rooms { try await room.start() }
    let listener = try Listener(
      configuration,
      EdgeParts(
        invoker: invoker, measurements: measurements, clock: clock, identifiers: identifiers, tokens: tokens, rootKey: rootKey,
        version: version, health: health(context, logs, metrics), inlets: [inlets, RemoteWriteInlet(context, engine: metrics)],
        faults: { (logs.faults + (metrics.backgroundFault.map { [$0] } ?? [])).map(\.message) }), group: group, log: log,
      listening: listening)
    let sockets = try await configuration.inlets.sockets(for: inlets, group: group)
    let runner = AgendaRunner(store: store, clock: clock, log: log, workers: workers)
    return House(
      Parts(
        store: store, logs: logs, metrics: metrics, outbound: outbound, audit: audit, counters: context.counters, invoker: invoker,
        rooms: rooms, sockets: sockets, runner: runner, listener: listener),
      log: log)
  }

  private static func metricLimits(_ configuration: ServerConfiguration) throws -> MetricEngine.Limits {
    var limits = MetricEngine.Limits()
    guard let text = configuration.metricRetention else { return limits }
    do { limits.ladder = try RetentionLadder(text) } catch { throw ConfigurationError("--metric-retention is wrong: \(error.message)") }
    return limits
  }

  private static func health(_ context: RoomContext, _ logs: LogEngine, _ metrics: MetricEngine) -> StoreHealth {
    StoreHealth(
      [
        .catalogue(context.store, context.home), .init("logs") { await logs.probe()?.message },
        .init("metrics") { await metrics.probe()?.message },
      ], clock: context.clock)
  }

  private static func register(_ room: some Room, with invoker: Invoker) { invoker.register(room) }

  private static func rooms(
    _ context: RoomContext, _ execution: any Execution, _ logs: (engine: LogEngine, keys: GroupKeys), _ metrics: MetricEngine,
    _ configuration: ServerConfiguration
  ) -> [any Room] {
    [
      IAM(context), STS(context), CloudTrail(context), SQS(context), SNS(context),
      Logs(context, engine: logs.engine, keys: logs.keys),
      CloudWatch(context, engine: metrics), EventBridge(context), Scheduler(context), Pipes(context), StepFunctions(context),
      Batch(context, execution: execution, stopsJobs: configuration.stopsJobs),
    ]
  }

  /// The keys of log groups, wrapped by the operator's key where there is one, else by the server's own secret.
  private static func logKeys(
    _ configuration: ServerConfiguration, _ directory: DataDirectory, _ identifiers: Identifiers
  ) throws -> GroupKeys {
    let operatorKey = try configuration.logEncryptionKey.map { try EncryptionKey.read($0) }
    return try GroupKeys(
      folder: "\(directory.path)/log-keys", secret: try operatorKey ?? directory.secret(identifiers), sealsAll: operatorKey != nil)
  }

  private static func execution(
    _ configuration: ServerConfiguration, _ directory: DataDirectory, _ clock: any WallClock, _ log: Logger
  ) async throws -> any Execution {
    guard let nursery = configuration.nursery ?? LocalExecution.nurseryPath() else {
      throw ConfigurationError(
        "martlet-nursery, the program that supervises jobs, was not found beside this program; build it, or name it with MARTLET_NURSERY.")
    }
    return try await LocalExecution(directory: try directory.folder("jobs"), nursery: nursery, clock: clock, logger: log)
  }

  /// Serves until told to stop; then finishes the requests that have begun, ends the loops, and closes what is open.
  package func run() async throws {
    let parts = parts
    let background = Task {
      await withDiscardingTaskGroup { group in
        group.addTask { await parts.runner.run() }
        group.addTask { await parts.audit.run() }
        group.addTask { await parts.counters.run { parts.invoker.metrics } }
        for socket in parts.sockets { group.addTask { await self.keep(socket.run) } }
        for room in parts.rooms {
          for loop in room.loops { group.addTask { await self.keep(loop) } }
        }
      }
    }
    let outcome: Result<Void, any Error>
    do {
      // Answers that stream for hours would keep the listener waiting.
      try await withGracefulShutdownHandler {
        try await parts.listener.run()
      } onGracefulShutdown: {
        for room in parts.rooms { room.end() }
      }
      outcome = .success(())
    } catch { outcome = .failure(error) }
    // Whoever still asks while the rooms stop gets the answer that the server is stopping.
    background.cancel()
    for room in parts.rooms.reversed() { await room.stop() }
    await background.value
    for socket in parts.sockets { await socket.close() }
    await parts.audit.flush()
    await parts.counters.flush(to: parts.invoker.metrics)
    await parts.store.close()
    await parts.logs.close()
    await parts.metrics.close()
    try await parts.outbound.close()
    try outcome.get()
  }

  /// Runs a room's loop again when it fails, a second later: no error of one room ends the server.
  private func keep(_ loop: @escaping @Sendable () async throws -> Void) async {
    while !Task.isCancelled {
      do {
        try await loop()
        return
      } catch is CancellationError {
        return
      } catch {
        log.error("a background loop failed and begins again", metadata: ["error": "\(error)"])
        try? await Task.sleep(for: .seconds(1))
      }
    }
  }
}
