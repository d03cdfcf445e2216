import JSON
import ServiceKit
import Store
import Synchronization
import Time

/// Once a day, lets history go that is older than it is kept.
struct TrimHistory: Worker {
  static let queue = "cloudwatch.trim-history"
  static let key = "daily"
  private static let daily = Duration.seconds(86_400)
  /// Records in one transaction.
  private static let batch = 500

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let oldest = work.now - AlarmHistory.kept
    while try await work.write({ try trim($0, before: oldest) }) {}
    try await work.renew(due: work.now + daily, payload: []) { _ in }
  }

  /// Answers whether there may be more.
  private static func trim(_ call: Call<CloudWatch>, before oldest: Timestamp) throws -> Bool {
    let all = AlarmHistory.all(in: call.partition)
    let records = try call.transaction.records(of: all, from: 1, limit: batch, descending: false)
    var (through, own): (Int64, [String: Int64]) = (0, [:])
    for record in records {
      let one = try JSONValue(parsing: record.body).decode(AlarmHistoryRecord.self)
      guard one.at < oldest else { break }
      through = record.sequence
      if let name = one.alarm, let sequence = one.own { own[name] = sequence }
    }
    guard through > 0 else { return false }
    try call.transaction.trim(all, through: through)
    for (name, sequence) in own {
      let stream = AlarmHistory.stream(name, in: call.partition)
      let isGone = try call.state(of: name) == nil && call.transaction.lastSequence(of: stream) == sequence
      if isGone { try call.transaction.delete(stream) } else { try call.transaction.trim(stream, through: sequence) }
    }
    return records.last?.sequence == through && records.count == batch
  }
}

extension CloudWatch {
  /// Sees to it that the history of the call's account is trimmed.
  func keepTrimming(_ call: Call<CloudWatch>) throws {
    let partition = call.partition
    guard !trimming.withLock({ $0.contains(partition) }) else { return }
    if try call.transaction.entry(TrimHistory.queue, key: TrimHistory.key, in: partition) == nil {
      try call.transaction.schedule(
        AgendaEntry(
          queue: TrimHistory.queue, partition: partition, key: TrimHistory.key, due: call.now + .seconds(86_400), payload: []))
    }
    call.transaction.afterCommit { self.trimming.withLock { _ = $0.insert(partition) } }
  }
}
