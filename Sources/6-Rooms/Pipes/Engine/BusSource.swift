import InputTemplate
import JSON
import Logging
import ServiceKit
import Store
import Time

/// Events that a bus has handed over. What fails is tried again with growing pauses for a day, as rules do.
struct BusSource: PipeSource {
  let pipe: Pipe
  let partition: Partition
  let room: Pipes
  /// Longer than an execution may take.
  private static let lease = Duration.seconds(600)

  func receive(_ most: Int, wait: Duration) async throws -> [PipeRecord] {
    let (agenda, store, clock) = (pipe.agenda(partition), room.context.store, room.context.clock)
    let deadline = clock.now() + wait
    while true {
      let count = room.arrivals.count(agenda)
      let next = try await store.read { try $0.nextDue(agenda) }
      if let next, next <= clock.now() {
        let tasks = try await store.write { try $0.claim(agenda, now: clock.now(), limit: most, lease: Self.lease) }
        if !tasks.isEmpty { return try tasks.map(record) }
        continue
      }
      if clock.now() >= deadline || Task.isCancelled { return [] }
      await room.arrivals.wait(for: agenda, since: count, until: min(deadline, next ?? deadline))
    }
  }

  func complete(_ records: [PipeRecord], _ transaction: any Transaction) throws {
    for case .task(let task, _) in records.map(\.handle) where try !transaction.complete(task) {
      throw Fault.unavailable("The execution took longer than its events were held; they come again.")
    }
  }

  func failed(_ records: [PipeRecord], _ fault: Fault) async throws {
    let now = room.context.clock.now()
    // Whatever the fault: the event is there once, and the target may be mended.
    let passing = Fault(fault.code, fault.message, status: 500)
    try await room.context.store.write { transaction in
      for record in records {
        guard case .task(let task, let accepted) = record.handle else { continue }
        switch RetryPolicy().verdict(passing, failures: task.attempt, first: accepted, now: now, id: record.id) {
        case .again(let due): try transaction.release(task, due: due, payload: nil)
        case .exhausted(let condition):
          try transaction.complete(task)
          room.context.log.error(
            "event not delivered by its pipe",
            metadata: [
              "pipe": "\(pipe.arn(partition))", "event": "\(record.id)", "attempts": "\(task.attempt)", "condition": "\(condition ?? "")",
              "fault": "\(fault)",
            ])
        }
      }
    }
  }

  func giveBack(_ records: [PipeRecord]) async throws {
    let now = room.context.clock.now()
    try await room.context.store.write { transaction in
      for case .task(let task, _) in records.map(\.handle) { try transaction.release(task, due: now, payload: nil) }
    }
  }

  private func record(_ task: AgendaTask) throws -> PipeRecord {
    let waiting = try JSONValue(parsing: task.entry.payload).decode(WaitingEvent.self)
    let bytes = waiting.event.bytes
    return PipeRecord(
      id: waiting.event["id"]?.string ?? task.entry.key ?? "", event: PipeEvent(waiting.event), filtered: bytes,
      handle: .task(task, accepted: waiting.accepted), size: bytes.count, attempt: task.attempt)
  }
}
