import JSON
import ServiceKit
import Store
import Synchronization
import Time

/// The steps of processing an event of which a bus's log tells, each with the level from which on it does.
///
/// Source: EventBridge User Guide, "Amazon EventBridge event bus log schema".
enum BusStep: String, Sendable {
  case receipt = "EVENT_RECEIPT"
  case ingestSuccess = "EVENT_INGEST_SUCCESS"
  case ingestFailure = "EVENT_INGEST_FAILURE"
  case matchStart = "RULE_MATCH_START"
  case match = "RULE_MATCH"
  case noMatch = "NO_STANDARD_RULES_MATCHED"
  case start = "INVOCATION_START"
  case attemptStart = "INVOCATION_ATTEMPT_START"
  case attemptSuccess = "INVOCATION_ATTEMPT_SUCCESS"
  case attemptThrottle = "INVOCATION_ATTEMPT_THROTTLE"
  case attemptRetryable = "INVOCATION_ATTEMPT_RETRYABLE_FAILURE"
  case attemptPermanent = "INVOCATION_ATTEMPT_PERMANENT_FAILURE"
  case success = "INVOCATION_SUCCESS"
  case failure = "INVOCATION_FAILURE"
  case deadLetter = "INVOCATION_DLQ"

  enum Level: Int, Sendable {
    case error = 1
    case info, trace
    var name: String { self == .error ? "ERROR" : self == .info ? "INFO" : "TRACE" }
  }

  var level: Level {
    switch self {
    case .receipt, .matchStart, .start, .attemptStart, .attemptSuccess: .trace
    case .ingestSuccess, .match, .noMatch, .success, .attemptThrottle: .info
    case .ingestFailure, .attemptRetryable, .attemptPermanent, .failure, .deadLetter: .error
    }
  }
}

/// The log of one bus: what is wanted of it, and where its records go.
struct BusLog: Sendable {
  var bus: ARN
  /// 0 for none.
  var wanted: Int
  var includesDetail: Bool

  /// Nil for a bus that logs nothing.
  init?(_ bus: EventBus, in partition: Partition) {
    wanted = ["ERROR": 1, "INFO": 2, "TRACE": 3][bus.logConfig?.level ?? "OFF"] ?? 0
    guard wanted > 0 else { return nil }
    includesDetail = bus.logConfig?.includeDetail == "FULL"
    self.bus = ARN(service: "events", region: partition.region, account: partition.account, resource: "event-bus/\(bus.name)")
  }

  func wants(_ step: BusStep) -> Bool { step.level.rawValue <= wanted }

  /// The log group that AWS's console makes for a bus, and the stream that its log delivery writes.
  var group: String { "/aws/vendedlogs/events/event-bus/\(bus.resourceName)" }
  static let stream = "EventBridgeEventBusLogs"
}

/// Which buses log what, in memory, and what waits to be written.
final class BusLogs: Sendable {
  private let known = Mutex<[EventBridge.BusKey: BusLog]>([:])
  private let buffer: LogBuffer

  init(_ context: RoomContext) { buffer = LogBuffer(context.invoker, context.log) }

  /// The log of a bus, nil for one that logs nothing.
  func log(_ bus: String, in partition: Partition) -> BusLog? {
    known.withLock { $0.isEmpty ? nil : $0[EventBridge.BusKey(partition: partition, bus: bus)] }
  }

  func follow(_ bus: EventBus, in partition: Partition) {
    known.withLock { $0[EventBridge.BusKey(partition: partition, bus: bus.name)] = BusLog(bus, in: partition) }
  }

  func unfollow(_ bus: String, in partition: Partition) {
    known.withLock { $0[EventBridge.BusKey(partition: partition, bus: bus)] = nil }
  }

  func append(_ records: [BusRecord], to log: BusLog, in partition: Partition) {
    buffer.append(
      records.filter { log.wants($0.step) }.map { $0.line(log) }, group: log.group, stream: BusLog.stream, in: partition)
  }

  /// Returns when everything that waited has been written.
  func flush() async { await buffer.flush() }
}
