import JSON
import Logging
import Store
import Time
import Wire

/// One AWS service as Martlet serves it: its identity on the wire, its operations and its workers.
///
/// A room knows no other room. What it needs of them goes by ARN or operation name through `RoomContext.invoker`.
package protocol Room: AnyObject, Sendable {
  /// Names and protocols on the wire.
  static var identity: ServiceIdentity { get }
  /// How the wire spells members.
  static var memberCase: JSONMemberCase { get }
  /// The code of faults found by `Limit`s: `ValidationException` unless the service has its own.
  static var validationCode: String { get }
  /// The table of operations; one word each.
  static var operations: [any OperationDescription<Self>.Type] { get }
  /// Operations beyond AWS's, in a table of their own: called under `/_martlet/api/` and by the `martlet` command.
  static var extensions: [any OperationDescription<Self>.Type] { get }
  /// The table of workers.
  static var workers: [any Worker<Self>.Type] { get }

  var context: RoomContext { get }

  /// How an event reaches a resource of this room as a rule's, schedule's or pipe's target: the operation to call and its input
  /// (members in the wire's spelling), or nil when the ARN is no target.
  static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)?

  /// Called once, after every room is registered and before any call: loads what must be in memory, recovers what ran.
  func start() async throws
  /// Loops that run while the server does, each ended by cancellation. Nothing that the Agenda can do belongs here.
  var loops: [@Sendable () async throws -> Void] { get }
  /// Called when the server is told to stop and before it waits for the calls that have begun: ends answers that go on by themselves.
  func end()
  /// Called once, after the last call and the end of the loops.
  func stop() async
}

extension Room {
  package static var memberCase: JSONMemberCase { .asWritten }
  package static var validationCode: String { "ValidationException" }
  package static var extensions: [any OperationDescription<Self>.Type] { [] }
  package static var workers: [any Worker<Self>.Type] { [] }
  package static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? { nil }
  package func start() async throws {}
  package var loops: [@Sendable () async throws -> Void] { [] }
  package func end() {}
  package func stop() async {}
}

extension ServiceIdentity {
  /// The service part of this service's ARNs.
  package var arnService: String { signingName == "monitoring" ? "cloudwatch" : signingName }
  /// The principal that acts for it: `events.amazonaws.com`.
  package var principal: String { "\(signingName).amazonaws.com" }
}

/// Which quotas hold.
package enum LimitProfile: String, Sendable, CaseIterable {
  /// AWS's arbitrary ceilings are lifted.
  case open
  /// AWS's exact quotas.
  case aws
}

/// What a room is given: the floors below it and the way to the others.
package struct RoomContext: Sendable {
  package var store: any Store
  package var clock: any WallClock
  package var invoker: Invoker
  package var limits: LimitProfile
  package var log: Logger
  /// The account and region calls belong to when nothing else says so.
  package var home: Partition
  /// A folder of this room's own for what does not live in the store.
  package var directory: String
  /// Where this server is reached: `http://127.0.0.1:4566`.
  package var endpoint: String
  package var tokens: TokenSeal
  package var identifiers: Identifiers
  package var outbound: any Outbound
  /// Where the room counts its work; becomes metrics.
  package var counters: MetricCounters
  /// Where writes gather that are due at an instant.
  package let dueWrites: DueWrites

  package init(
    store: any Store, clock: any WallClock, invoker: Invoker, limits: LimitProfile, log: Logger, home: Partition, directory: String,
    endpoint: String, tokens: TokenSeal, identifiers: Identifiers, outbound: any Outbound, counters: MetricCounters? = nil
  ) {
    dueWrites = DueWrites(store: store, clock: clock)
    self.counters = counters ?? MetricCounters(clock: clock, log: log)
    self.store = store
    self.clock = clock
    self.invoker = invoker
    self.limits = limits
    self.log = log
    self.home = home
    self.directory = directory
    self.endpoint = endpoint
    self.tokens = tokens
    self.identifiers = identifiers
    self.outbound = outbound
  }
}
