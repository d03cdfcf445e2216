import JSON
import ServiceKit
import Store
import Time
import Wire

/// The audit trail, as a service: who called what, when, from where, with which result. Source: CloudTrail API Reference.
///
/// The records are written by ServiceKit's pipeline; this room reads them and removes old ones.
package final class CloudTrail: Room {
  package static let identity = ServiceIdentity(
    id: "cloudtrail", signingName: "cloudtrail", protocols: [.awsJson11],
    targetPrefix: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", apiVersion: "2013-11-01",
    xmlNamespace: "http://cloudtrail.amazonaws.com/doc/2013-11-01/")
  package static let memberCase = JSONMemberCase.pascal
  package static let operations: [any OperationDescription<CloudTrail>.Type] = [LookupEvents.self]
  package static let workers: [any Worker<CloudTrail>.Type] = [ForgetOldEvents.self]

  /// How long events can be looked up, as on AWS.
  static let retentionDays: Int64 = 90

  package let context: RoomContext
  package init(_ context: RoomContext) { self.context = context }

  package func start() async throws {
    let (home, now) = (context.home, context.clock.now())
    _ = try await context.store.write { transaction in
      guard try transaction.entry(ForgetOldEvents.queue, key: "daily", in: home) == nil else { return }
      try transaction.schedule(AgendaEntry(queue: ForgetOldEvents.queue, partition: home, key: "daily", due: now, payload: []))
    }
  }
}
