import Logging
import Series
import ServiceKit
import Store
import Time

/// Once an hour, lets samples go that the retention ladder keeps no longer, and makes older ones coarser.
struct ForgetSamples: Worker {
  static let queue = "cloudwatch.forget"
  private static let hourly = Duration.seconds(3_600)

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let now = work.now
    try await work.room.engine.expire()
    if let fault = work.room.engine.backgroundFault {
      let context = work.room.context
      context.log.error("the store of metrics has a fault", metadata: ["fault": "\(fault.message)"])
      context.counters.add("Martlet/CloudWatch", "StoreFaults", [:], 1, in: context.home)
    }
    try await work.finish { try $0.transaction.schedule(entry($0.partition, now + hourly)) }
  }

  static func begin(_ context: RoomContext) async throws {
    let (home, due) = (context.home, context.clock.now() + hourly)
    try await context.store.write { transaction in
      if try transaction.entry(queue, key: "hourly", in: home) == nil { try transaction.schedule(entry(home, due)) }
    }
  }

  private static func entry(_ partition: Partition, _ due: Timestamp) -> AgendaEntry {
    AgendaEntry(queue: queue, partition: partition, key: "hourly", due: due, payload: [])
  }
}
