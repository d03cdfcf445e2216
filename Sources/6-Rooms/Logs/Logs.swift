import JSON
import Logging
import Series
import ServiceKit
import Store
import Time
import Wire

/// Log groups, streams and events. Source: Amazon CloudWatch Logs API Reference.
package final class Logs: Room {
  package static let identity = ServiceIdentity(
    id: "logs", signingName: "logs", protocols: [.awsJson11], targetPrefix: "Logs_20140328", apiVersion: "2014-03-28",
    xmlNamespace: "http://logs.amazonaws.com/doc/2014-03-28/", sdkNames: ["cloudwatchlogs"])
  package static let validationCode = "InvalidParameterException"
  package static let operations: [any OperationDescription<Logs>.Type] = groups + events + filters + queries + policies
  private static let groups: [any OperationDescription<Logs>.Type] = [
    CreateLogGroup.self, DeleteLogGroup.self, DescribeLogGroups.self, ListLogGroups.self, PutRetentionPolicy.self,
    DeleteRetentionPolicy.self, PutLogGroupDeletionProtection.self, AssociateKmsKey.self, DisassociateKmsKey.self,
    CreateLogStream.self, DeleteLogStream.self, DescribeLogStreams.self,
    TagResource.self, UntagResource.self, ListTagsForResource.self, TagLogGroup.self, UntagLogGroup.self, ListTagsLogGroup.self,
  ]
  private static let events: [any OperationDescription<Logs>.Type] = [
    PutLogEvents.self, GetLogEvents.self, FilterLogEvents.self, GetLogRecord.self, GetLogGroupFields.self, StartLiveTail.self,
    DeliverLogEvent.self, CreateExportTask.self, DescribeExportTasks.self, CancelExportTask.self,
  ]
  private static let filters: [any OperationDescription<Logs>.Type] = [
    PutMetricFilter.self, DescribeMetricFilters.self, DeleteMetricFilter.self, TestMetricFilter.self,
    PutSubscriptionFilter.self, DescribeSubscriptionFilters.self, DeleteSubscriptionFilter.self,
    PutDestination.self, DescribeDestinations.self, DeleteDestination.self, PutDestinationPolicy.self,
  ]
  private static let queries: [any OperationDescription<Logs>.Type] = [
    StartQuery.self, GetQueryResults.self, StopQuery.self, DescribeQueries.self, ListLogGroupsForQuery.self,
    PutQueryDefinition.self, DescribeQueryDefinitions.self, DeleteQueryDefinition.self,
    CreateScheduledQuery.self, GetScheduledQuery.self, ListScheduledQueries.self, UpdateScheduledQuery.self, DeleteScheduledQuery.self,
    GetScheduledQueryHistory.self,
  ]
  private static let policies: [any OperationDescription<Logs>.Type] = [
    PutResourcePolicy.self, DescribeResourcePolicies.self, DeleteResourcePolicy.self,
    PutDataProtectionPolicy.self, GetDataProtectionPolicy.self, DeleteDataProtectionPolicy.self,
    PutAccountPolicy.self, DescribeAccountPolicies.self, DeleteAccountPolicy.self,
  ]
  package static let extensions: [any OperationDescription<Logs>.Type] = [ListSubscriptionDeliveries.self]
  package static let workers: [any Worker<Logs>.Type] = [
    ExpireEvents.self, RemoveEvents.self, ForwardEvents.self, RunScheduledQuery.self, ForgetQuery.self,
  ]

  package let context: RoomContext
  let engine: LogEngine
  let groups = OpenGroups()
  let tails = LiveTails()
  let defaults = DefaultValues()
  let desk: QueryDesk
  let keys: GroupKeys

  /// - Parameter keys: gave the engine its ciphers.
  package init(_ context: RoomContext, engine: LogEngine, keys: GroupKeys = GroupKeys()) {
    self.context = context
    self.engine = engine
    self.keys = keys
    desk = QueryDesk(limits: context.limits)
  }

  package func start() async throws {
    let log = context.log
    engine.onFault { fault in
      log.error(
        fault.isDamage ? "stored log events are damaged" : "stored log events could not be moved, joined or removed",
        metadata: ["fault": "\(fault)"])
    }
    try await ExpireEvents.begin(context)
    try await adoptKeys()
    try await abandonQueries()
  }

  /// Returns when no query runs or waits to run.
  package func settle() async { await desk.settle() }

  package func end() { tails.endAll() }

  package func stop() async {
    await desk.stop()
  }

  package static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? {
    let name = delivery.target.resource
    guard name.hasPrefix("log-group:") else { return nil }
    let group = name.dropFirst("log-group:".count).split(separator: ":").first.map(String.init) ?? ""
    return ("DeliverLogEvent", ["logGroupName": .string(group), "logStreamName": .string(delivery.id), "message": .string(delivery.text)])
  }
}
