import JSON
import Logging
import Store
import Synchronization
import Time
import Wire

/// The way from one room to another, by operation name or ARN, with the authorization, audit and metrics of a call from outside.
package final class Invoker: Sendable {
  private struct Entry: Sendable {
    var identity: ServiceIdentity
    var handlers: [String: OperationHandler]
    /// Which of them are beyond AWS's.
    var extensions: Set<String>
    var delivery: @Sendable (Delivery) throws -> (operation: String, input: JSONValue)?
  }
  private struct Directory: Sendable {
    var pipeline: Pipeline?
    var services: [String: Entry] = [:]
    /// Other names of services: SDK names in workflow resources, services in ARNs.
    var aliases: [String: String] = [:]
    var events: (any EventRouter)?
    var completions: (any CompletionListener)?
    var metrics: (any MetricSink)?
    var measured: (any MetricSource)?
    var logs: (any LogSink)?
    var credentials: (any CredentialSource)?
  }
  private let directory = Mutex(Directory())

  package init() {}

  /// Makes the pipeline known by which calls run. Called once, before the first call.
  package func use(_ pipeline: Pipeline) { directory.withLock { $0.pipeline = pipeline } }

  /// Adds a room's operations and whatever it does for the others.
  package func register<R: Room>(_ room: R) {
    var handlers: [String: OperationHandler] = [:]
    for operation in R.operations + R.extensions {
      let handler = Self.handler(operation, room)
      handlers[handler.name] = handler
    }
    let extensions = Set(R.extensions.map { Self.handler($0, room).name })
    let entry = Entry(identity: R.identity, handlers: handlers, extensions: extensions, delivery: { try R.delivery($0) })
    directory.withLock { directory in
      directory.services[R.identity.id] = entry
      for alias in [R.identity.signingName, R.identity.arnService] + R.identity.sdkNames where directory.services[alias] == nil {
        directory.aliases[alias] = R.identity.id
      }
      if let room = room as? any EventRouter { directory.events = room }
      if let room = room as? any CompletionListener { directory.completions = room }
      if let room = room as? any MetricSink { directory.metrics = room }
      if let room = room as? any MetricSource { directory.measured = room }
      if let room = room as? any LogSink { directory.logs = room }
      if let room = room as? any CredentialSource { directory.credentials = room }
    }
  }

  /// Sets what a room otherwise brings by its registration: for tests of one room alone.
  package func provide(
    events: (any EventRouter)? = nil, completions: (any CompletionListener)? = nil, metrics: (any MetricSink)? = nil,
    measured: (any MetricSource)? = nil, logs: (any LogSink)? = nil, credentials: (any CredentialSource)? = nil
  ) {
    directory.withLock { directory in
      directory.events = events ?? directory.events
      directory.completions = completions ?? directory.completions
      directory.metrics = metrics ?? directory.metrics
      directory.measured = measured ?? directory.measured
      directory.logs = logs ?? directory.logs
      directory.credentials = credentials ?? directory.credentials
    }
  }

  private static func handler<R: Room, O: OperationDescription>(_ operation: O.Type, _ room: R) -> OperationHandler where O.Home == R {
    operation.handler(in: room)
  }

  /// Every service served, by id.
  package var services: [ServiceIdentity] { directory.withLock { $0.services.values.map(\.identity).sorted { $0.id < $1.id } } }

  /// The names of a service's operations as AWS has them, in alphabetical order; empty for a service not served.
  package func operations(of service: String) -> [String] {
    entry(service).map { entry in entry.handlers.keys.filter { !entry.extensions.contains($0) }.sorted() } ?? []
  }

  /// The names of a service's operations beyond AWS's, in alphabetical order.
  package func extensions(of service: String) -> [String] { entry(service)?.extensions.sorted() ?? [] }

  /// The operations of a service with their routes, as requests are recognized by them.
  package func routes(of service: String) -> [(name: String, route: OperationRoute?)] {
    entry(service)?.handlers.values.map { ($0.name, $0.route) } ?? []
  }

  /// Whether there is a room of the service, by its id, signing name, ARN name or SDK name.
  package func serves(_ service: String) -> Bool { entry(service) != nil }

  private func entry(_ service: String) -> Entry? {
    directory.withLock { directory in
      directory.services[service] ?? directory.aliases[service].flatMap { directory.services[$0] }
    }
  }

  /// The operation, by the service's id, signing name, ARN name or SDK name. Throws UnknownOperationException.
  package func handler(_ service: String, _ operation: String) throws(Fault) -> OperationHandler {
    guard let entry = entry(service) else {
      throw Fault("UnknownOperationException", "The service \(service) is not served by Martlet.")
    }
    guard let handler = entry.handlers[operation] else { throw .unknownOperation(entry.identity.id, operation) }
    return handler
  }

  private func pipeline() throws(Fault) -> Pipeline {
    guard let pipeline = directory.withLock({ $0.pipeline }) else { throw .unavailable("The server is starting.") }
    return pipeline
  }

  /// Calls an operation that was looked up before. Throws Fault.
  package func call(_ handler: OperationHandler, _ input: JSONValue, _ context: CallContext) async throws(Fault) -> JSONValue {
    try await pipeline().run(handler, input, context)
  }

  /// Begins a call that answers a stream. Throws Fault.
  package func stream(
    _ handler: OperationHandler, _ input: JSONValue, _ context: CallContext
  ) async throws(Fault) -> AsyncStream<EventStreamMessage> {
    try await pipeline().stream(handler, input, context)
  }

  /// Throws AccessDeniedException unless the caller may do that: for what an operation's member asks for beyond the operation, and for
  /// what comes in by other protocols than AWS's.
  package func authorize(_ action: String, on resource: ARN, by context: CallContext) throws {
    try pipeline().authorizer.authorize(action, on: resource, by: context)
  }

  /// Calls an operation by itself. Throws Fault.
  package func call(_ service: String, _ operation: String, _ input: JSONValue, _ context: CallContext) async throws(Fault) -> JSONValue {
    try await pipeline().run(try handler(service, operation), input, context)
  }

  /// Calls an operation inside a transaction: its effects are kept or lost with the rest. Only operations that do not wait;
  /// ask `isTransactional` first.
  package func call(
    _ service: String, _ operation: String, _ input: JSONValue, _ context: CallContext, in transaction: any Transaction
  ) throws(Fault) -> JSONValue {
    try pipeline().run(try handler(service, operation), input, context, in: transaction)
  }

  /// Makes a call ready to be part of a transaction later, with what needs no transaction done. Throws Fault.
  package func ready(_ service: String, _ operation: String, _ input: JSONValue, _ context: CallContext) throws(Fault) -> ReadyCall {
    try pipeline().ready(try handler(service, operation), input, context)
  }

  /// Makes a call that is ready, as `call(_:_:_:_:in:)` does.
  package func call(_ ready: ReadyCall, _ context: CallContext, in transaction: any Transaction) throws(Fault) -> JSONValue {
    try pipeline().run(ready, context, in: transaction)
  }

  /// Whether the operation can be part of a transaction. Throws UnknownOperationException.
  package func isTransactional(_ service: String, _ operation: String) throws(Fault) -> Bool {
    try handler(service, operation).isTransactional
  }

  /// The operation by which the target takes a delivery that is made in an account and region. Throws a validation fault naming what is wrong
  /// with the target or its parameters.
  package func resolve(
    _ delivery: Delivery, in partition: Partition
  ) throws -> (service: String, operation: String, input: JSONValue) {
    let target = delivery.target
    let isBus = target.service == "events" && target.resourceType == "event-bus"
    if !isBus, target.isForeign(to: partition) { throw Fault.foreignTarget(target) }
    guard let entry = entry(delivery.target.service), let found = try entry.delivery(delivery) else {
      throw Fault.validation("\(delivery.target) is not a target that Martlet serves.")
    }
    return (entry.identity.id, found.operation, found.input)
  }

  /// Hands a delivery to its target, as the given caller. Throws Fault.
  package func deliver(_ delivery: Delivery, _ context: CallContext) async throws -> JSONValue {
    let call = try resolve(delivery, in: context.caller.partition)
    return try await self.call(call.service, call.operation, call.input, context)
  }

  /// Routes an event with this transaction. Without an event room it goes nowhere.
  package func publish(_ event: Event, in partition: Partition, _ transaction: any Transaction) throws {
    try directory.withLock { $0.events }?.route(event, in: partition, transaction)
  }

  /// Tells whoever waits for it that the work has ended.
  package func finished(
    _ resource: ARN, succeeded: Bool, output: JSONValue, in partition: Partition, _ transaction: any Transaction
  ) throws {
    try directory.withLock { $0.completions }?.finished(resource, succeeded: succeeded, output: output, in: partition, transaction)
  }

  package var metrics: (any MetricSink)? { directory.withLock { $0.metrics } }
  package var measured: (any MetricSource)? { directory.withLock { $0.measured } }
  package var logs: (any LogSink)? { directory.withLock { $0.logs } }
  package var credentials: (any CredentialSource)? { directory.withLock { $0.credentials } }
}

extension ARN {
  /// Whether it names another account or region.
  package func isForeign(to partition: Partition) -> Bool {
    (!account.isEmpty && account != partition.account) || (!region.isEmpty && region != partition.region)
  }
}

extension Fault {
  /// Rooms find what is delivered to by its name, in the account and region of whoever delivers: another's is not reached, rather than
  /// taken for one's own of the same name.
  package static func foreignTarget(_ arn: ARN) -> Fault {
    .validation("\(arn) is of another account or region: of those, Martlet delivers to event buses only.")
  }
}
