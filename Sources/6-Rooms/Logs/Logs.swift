import FilterPattern
import JSON
import Series
import ServiceKit
import Store
import Synchronization
import Time
import Wire

/// Log groups, streams and events. Source: Amazon CloudWatch Logs API Reference.
package final class Logs: Room {
  package static let identity = ServiceIdentity(
    id: "logs", signingName: "logs", protocols: [.awsJson11], targetPrefix: "Logs_20140328", apiVersion: "2014-03-28",
    xmlNamespace: "http://logs.amazonaws.com/doc/2014-03-28/", sdkNames: ["cloudwatchlogs"])
  package static let validationCode = "InvalidParameterException"
  package static let operations: [any OperationDescription<Logs>.Type] = [
    CreateLogGroup.self, DeleteLogGroup.self, DescribeLogGroups.self, PutRetentionPolicy.self, DeleteRetentionPolicy.self,
    CreateLogStream.self, DeleteLogStream.self, DescribeLogStreams.self,
    PutLogEvents.self, GetLogEvents.self, FilterLogEvents.self, DeliverLogEvent.self,
    PutMetricFilter.self, DescribeMetricFilters.self, DeleteMetricFilter.self, TestMetricFilter.self,
    TagResource.self, UntagResource.self, ListTagsForResource.self, TagLogGroup.self, UntagLogGroup.self, ListTagsLogGroup.self,
  ]
  package static let workers: [any Worker<Logs>.Type] = [ExpireEvents.self]

  package let context: RoomContext
  let engine: LogEngine
  /// What appending needs to know of groups, by partition and name.
  private let groups = Mutex<[String: OpenGroup]>([:])
  private static let groupsKept = 4_096

  package init(_ context: RoomContext, engine: LogEngine) {
    self.context = context
    self.engine = engine
  }

  package func start() async throws { try await ExpireEvents.begin(context) }

  package static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? {
    let name = delivery.target.resource
    guard name.hasPrefix("log-group:") else { return nil }
    let group = name.dropFirst("log-group:".count).split(separator: ":").first.map(String.init) ?? ""
    return ("DeliverLogEvent", ["logGroupName": .string(group), "logStreamName": .string(delivery.id), "message": .string(delivery.text)])
  }

  /// A group as appending sees it.
  struct OpenGroup: Sendable {
    var id: String
    var retentionInDays: Int?
    var filters: [CompiledFilter]
    /// Streams known to be in the store.
    var streams: Set<String> = []
  }

  private func key(_ name: String, _ partition: Partition) -> String { "\(partition.text):\(name)" }

  /// The group, from memory or the store; nil when there is none.
  func open(_ name: String, in partition: Partition) async throws -> OpenGroup? {
    let key = key(name, partition)
    if let known = groups.withLock({ $0[key] }) { return known }
    let found = try await context.store.read { transaction -> OpenGroup? in
      guard let group = try transaction.get(LogGroup.self, name, in: partition) else { return nil }
      var filters: [CompiledFilter] = []
      try transaction.forEach(MetricFilter.self, in: partition, prefix: "\(name):") { filter in
        filters.append(try CompiledFilter(filter))
        return true
      }
      return OpenGroup(id: group.id, retentionInDays: group.retentionInDays, filters: filters)
    }
    guard let found else { return nil }
    groups.withLock { groups in
      if groups.count >= Self.groupsKept { groups = [:] }
      groups[key] = found
    }
    return found
  }

  func remember(_ stream: String, of name: String, in partition: Partition) {
    groups.withLock { groups in
      guard var group = groups[key(name, partition)], group.streams.count < 10_000 else { return }
      group.streams.insert(stream)
      groups[key(name, partition)] = group
    }
  }

  /// The group has changed: it is read again when it is needed next.
  func forget(_ name: String, in partition: Partition, after transaction: any Transaction) {
    let key = key(name, partition)
    transaction.afterCommit { self.groups.withLock { _ = $0.removeValue(forKey: key) } }
  }
}
