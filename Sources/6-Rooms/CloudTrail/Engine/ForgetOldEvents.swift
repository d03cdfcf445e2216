import ServiceKit
import Store
import Time

/// Once a day, removes the day that has left the retention.
struct ForgetOldEvents: Worker {
  static let queue = "cloudtrail.forget"

  static func run(_ task: AgendaTask, _ work: Work<CloudTrail>) async throws {
    let now = work.now
    try await work.finish { call in
      // A few days more than one, for a server that was off at the turn of a day.
      for partition in try call.transaction.partitions(holding: AuditedPartition.kind) + [call.partition] {
        for back in 1...7 {
          let day = now - .seconds((CloudTrail.retentionDays + Int64(back)) * 86_400)
          try call.transaction.delete(AuditTrail.stream(day, in: partition))
        }
      }
      try call.transaction.schedule(
        AgendaEntry(queue: queue, partition: call.partition, key: "daily", due: now + .seconds(86_400), payload: []))
    }
  }
}
