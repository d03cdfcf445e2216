import JSON
import Logging
import Series
import ServiceKit
import Store
import Synchronization
import Time

import struct Series.LogEvent

/// A payload on its way to a destination.
struct Bundle: Codable, Sendable {
  var id: String
  var group: String
  var stream: String
  var filter: String
  var data: String
  var events: Int
  var bytes: Int
  var attempt = 0
  var first: Timestamp

  static func queue(_ filter: SubscriptionFilter) -> String { AgendaEntry.lane(filter.key, of: ForwardEvents.queue) }
}

/// Hands payloads to the destinations of subscription filters, each again and again for a day.
///
/// Every filter has a lane of its own, so that a slow destination delays no other.
struct ForwardEvents: Worker {
  static let queue = "logs.forward"
  static let concurrency = 256
  static let laneConcurrency = 4
  /// Payloads that wait for one filter; more are dropped and counted.
  static let most = 20_000

  static func run(_ task: AgendaTask, _ work: Work<Logs>) async throws {
    let bundle = try work.payload(Bundle.self)
    let partition = work.partition
    let found = try await work.read { call -> (filter: SubscriptionFilter, target: Result<ForwardTarget, Fault>)? in
      guard let filter = try call.get(SubscriptionFilter.self, "\(bundle.group):\(bundle.filter)") else { return nil }
      do {
        return (filter, .success(try ForwardTarget.find(filter.destinationArn, role: filter.roleArn, in: partition, call.transaction)))
      } catch let fault as Fault { return (filter, .failure(fault)) }
    }
    // The filter is gone, and with it whoever waited for the events.
    guard let found else { return }
    var again = bundle
    again.attempt += 1
    let attempt = TargetAttempt(
      source: found.filter.arn(partition), target: found.filter.destinationArn, id: bundle.id,
      text: "\(bundle.events) events of \(bundle.group), stream \(bundle.stream)", earlier: bundle.attempt, first: bundle.first,
      policy: RetryPolicy(), deadLetter: nil, attributes: [:])
    let record = try await work.attempt(attempt, again: again) {
      let target = try found.target.get()
      var context = work.context(role: target.role, session: "CloudWatchLogs")
      context.caller.region = target.partition.region
      context.caller.account = target.partition.account
      return try target.destination(
        bundle.data, id: bundle.id, group: bundle.group, stream: bundle.stream, filter: bundle.filter, work.room.context.invoker, context)
    }
    count(record, bundle, (try? found.target.get())?.type ?? "Unknown", work)
  }

  /// Source: CloudWatch Logs User Guide, "Monitoring with CloudWatch metrics".
  private static func count(_ record: DeliveryRecord, _ bundle: Bundle, _ type: String, _ work: Work<Logs>) {
    if record.isPostponed { return }
    let dimensions = ["LogGroupName": bundle.group, "DestinationType": type, "FilterName": bundle.filter]
    let counters = work.room.context.counters
    func add(_ name: String, _ value: Double = 1, unit: String = "None") {
      counters.add("AWS/Logs", name, dimensions, value, unit: unit, in: work.partition)
    }
    switch record.outcome {
    case .delivered:
      add("ForwardedBytes", Double(bundle.data.utf8.count / 4 * 3), unit: "Bytes")
      add("ForwardedLogEvents", Double(bundle.events))
    case .retrying where record.errorCode.map { $0.contains("Throttl") || $0.contains("TooMany") } ?? false: add("DeliveryThrottling")
    default: add("DeliveryErrors")
    }
  }
}

extension Logs {
  /// Makes what the group's subscription filters select due for their destinations; durable when it returns.
  func forward(_ events: [LogEvent], _ stored: LogAppend, stream: String, of group: OpenGroup, in partition: Partition) async throws {
    if group.subscriptions.isEmpty { return }
    var entries: [AgendaEntry] = []
    let now = context.clock.now()
    for subscription in group.subscriptions where subscription.passes(partition) {
      for payload in try SubscriptionPayload.payloads(events, stored, stream: stream, subscription, in: partition) {
        let bundle = Bundle(
          id: context.identifiers.uuid(), group: group.name, stream: stream, filter: subscription.filter.name, data: payload.data,
          events: payload.events, bytes: payload.bytes, first: now)
        entries.append(
          AgendaEntry(
            queue: Bundle.queue(subscription.filter), partition: partition, due: now, payload: try JSONValue(encoding: bundle).bytes))
      }
    }
    if entries.isEmpty { return }
    let due = entries
    let dropped = try await context.store.write { transaction -> [String] in
      var (full, dropped) = ([String: Bool](), [String]())
      for entry in due {
        let isFull = try full[entry.queue] ?? (transaction.count(entry.queue) >= ForwardEvents.most)
        full[entry.queue] = isFull
        if isFull { dropped.append(entry.queue) } else { try transaction.schedule(entry) }
      }
      return dropped
    }
    if dropped.isEmpty { return }
    context.log.error(
      "payloads of subscription filters were dropped: too many wait", metadata: ["group": "\(group.name)", "count": "\(dropped.count)"])
    context.counters.add("AWS/Logs", "DeliveryErrors", ["LogGroupName": group.name], Double(dropped.count), unit: "None", in: partition)
  }
}

extension Call where Home == Logs {
  /// Deletes a subscription filter with all that waits for its destination.
  func drop(_ filter: SubscriptionFilter) throws {
    try delete(SubscriptionFilter.self, filter.key)
    try DeliveryLog.forget(filter.arn(partition), in: partition, transaction)
  }
}
