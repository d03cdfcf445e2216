import ServiceKit
import Store
import Time

/// Judges one alarm at once by what is known already: one that is new or was changed.
struct EvaluateAlarm: Worker {
  static let queue = "cloudwatch.evaluate"
  static let concurrency = 32

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let name = try work.payload(String.self)
    let now = work.now
    guard let alarm = try await work.read({ try $0.get(Alarm.self, name) }) else { return }
    let definition = try AlarmDefinition(alarm, work.partition)
    let judgement: AlarmJudgement
    do { judgement = try definition.judge(AlarmReading(work.room, work.partition), now: now) } catch {
      // Left to the next turn, which tells when that fails, too.
      work.room.board.failed(.init(partition: work.partition, name: name))
      return try await work.finish { _ in }
    }
    try await work.finish { call in
      // Changed while its data was read: the change has made an evaluation of its own due.
      guard var current = try call.get(Alarm.self, name), current.configured == alarm.configured,
        current.stateUpdated == alarm.stateUpdated
      else { return }
      try call.apply(judgement, to: &current, definition)
    }
  }
}
