import EventPattern
import JSON
import ServiceKit
import Store
import Synchronization
import Time
import Wire

/// Event buses, rules and their targets; CloudWatch Events is the same service. Source: Amazon EventBridge API Reference.
package final class EventBridge: Room {
  package static let identity = ServiceIdentity(
    id: "events", signingName: "events", protocols: [.awsJson11], targetPrefix: "AWSEvents", apiVersion: "2015-10-07",
    xmlNamespace: "http://events.amazonaws.com/doc/2015-10-07", sdkNames: ["eventbridge", "cloudwatchevents"])
  package static let memberCase = JSONMemberCase.pascal
  package static let operations: [any OperationDescription<EventBridge>.Type] = [
    CreateEventBus.self, DeleteEventBus.self, DescribeEventBus.self, ListEventBuses.self,
    PutRule.self, DeleteRule.self, DescribeRule.self, EnableRule.self, DisableRule.self, ListRules.self,
    PutTargets.self, RemoveTargets.self, ListTargetsByRule.self, ListRuleNamesByTarget.self,
    PutEvents.self, TestEventPattern.self,
    TagResource.self, UntagResource.self, ListTagsForResource.self,
    UpdateEventBus.self, PutPermission.self, RemovePermission.self,
    CreateArchive.self, DescribeArchive.self, UpdateArchive.self, DeleteArchive.self, ListArchives.self,
    StartReplay.self, DescribeReplay.self, CancelReplay.self, ListReplays.self,
    CreateConnection.self, DescribeConnection.self, UpdateConnection.self, DeleteConnection.self, DeauthorizeConnection.self,
    ListConnections.self,
    CreateApiDestination.self, DescribeApiDestination.self, UpdateApiDestination.self, DeleteApiDestination.self,
    ListApiDestinations.self,
    ListEventSources.self, DescribeEventSource.self, ListEndpoints.self, DescribeEndpoint.self,
    CreatePartnerEventSource.self, DeletePartnerEventSource.self, DescribePartnerEventSource.self, ListPartnerEventSources.self,
    ListPartnerEventSourceAccounts.self, PutPartnerEvents.self, ActivateEventSource.self, DeactivateEventSource.self,
  ]
  package static let workers: [any Worker<EventBridge>.Type] = [
    DeliverEvent.self, FireRule.self, SweepArchive.self, RunReplay.self, AuthorizeConnection.self, CatchUpRule.self,
    AccountRuns<EventBridge>.self, ForgetRuns<EventBridge>.self,
  ]
  package static let extensions: [any OperationDescription<EventBridge>.Type] = [
    ExplainMatch.self, ListDeliveries.self, InvokeApiDestination.self, InvokeConnection.self, RunRule.self, ListScheduledRules.self,
  ]

  package let context: RoomContext
  /// What the rules of each bus match, compiled. The store is the truth; this follows it after each commit.
  private let matchers = Mutex<[BusKey: RuleMatcher<String>]>([:])

  let tokens = AccessTokens()
  let rates = RateLimiter()
  let logs: BusLogs

  struct BusKey: Hashable, Sendable {
    var partition: Partition
    var bus: String
  }

  package init(_ context: RoomContext) {
    self.context = context
    logs = BusLogs(context)
  }

  package func start() async throws {
    let buses = try await context.store.read { transaction in
      try transaction.partitions(holding: EventBus.kind).flatMap { partition in
        var buses: [(Partition, EventBus)] = []
        try transaction.forEach(EventBus.self, in: partition) { bus in
          buses.append((partition, bus))
          return true
        }
        return buses
      }
    }
    for (partition, bus) in buses { logs.follow(bus, in: partition) }
    let rules = try await context.store.read { transaction in
      try transaction.partitions(holding: Rule.kind).flatMap { partition in
        var rules: [(Partition, Rule)] = []
        try transaction.forEach(Rule.self, in: partition) { rule in
          rules.append((partition, rule))
          return true
        }
        return rules
      }
    }
    for (partition, rule) in rules { follow(rule, in: partition) }
  }

  package func stop() async { await logs.flush() }

  package static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? {
    if delivery.target.resourceType == "api-destination" {
      var input: JSONObject = [
        "ApiDestinationArn": .string(delivery.target.description), "Body": .string(delivery.text), "DeliveryId": .string(delivery.id),
      ]
      input["HttpParameters"] = delivery.parameters["HttpParameters"]
      if let trace = delivery.trace { input["TraceHeader"] = .string(trace) }
      return ("InvokeApiDestination", .object(input))
    }
    guard delivery.target.resourceType == "event-bus" else { return nil }
    // For Scheduler and Pipes, which say what the event is called; rules pass their events on whole, see `DeliverEvent`.
    guard let parameters = delivery.parameters["EventBridgeParameters"], let source = parameters["Source"],
      let type = parameters["DetailType"]
    else { throw Fault.validation("Parameter(s) EventBridgeParameters must be specified for target: \(delivery.target).") }
    return (
      "PutEvents",
      [
        "Entries": [
          ["Source": source, "DetailType": type, "Detail": .string(delivery.text), "EventBusName": .string(delivery.target.description)]
        ], "IsDelivery": true,
      ]
    )
  }

  /// Makes the matcher of the rule's bus what the stored rule says.
  func follow(_ rule: Rule, in partition: Partition) {
    guard rule.isEnabled, let text = rule.eventPattern, let pattern = try? EventPattern(text) else {
      return unfollow(rule.key, bus: rule.eventBusName, in: partition)
    }
    matcher(BusKey(partition: partition, bus: rule.eventBusName)).add(rule.key, pattern)
  }

  func unfollow(_ key: String, bus: String, in partition: Partition) {
    matchers.withLock { $0[BusKey(partition: partition, bus: bus)] }?.remove(key)
  }

  private func matcher(_ key: BusKey) -> RuleMatcher<String> {
    matchers.withLock { matchers in
      if let matcher = matchers[key] { return matcher }
      let made = RuleMatcher<String>()
      matchers[key] = made
      return made
    }
  }

  /// The keys of the rules of a bus that match.
  func matches(_ event: [UInt8], bus: String, in partition: Partition) throws -> [String] {
    guard let matcher = matchers.withLock({ $0[BusKey(partition: partition, bus: bus)] }) else { return [] }
    return matcher.matches(event)
  }
}
