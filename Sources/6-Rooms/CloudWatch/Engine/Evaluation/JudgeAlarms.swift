import JSON
import Logging
import Series
import ServiceKit
import Store
import Synchronization
import Time

/// Judges at the turn of each minute (of ten seconds, when there are alarms with shorter periods) the alarms that have something to judge.
///
/// One entry of the Agenda stands for all alarms, so that nothing is written where no state changes; after a stop it is overdue, and
/// what was missed is judged at once.
struct JudgeAlarms: Worker {
  static let queue = "cloudwatch.judge"
  /// The next turn does not wait until all that one turn found is stored.
  static let concurrency = 2
  static let lease = Duration.seconds(300)
  static let key = "turn"
  /// After the turn, so that samples of the last instant are in.
  static let pause = Duration.milliseconds(500)

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let room = work.room
    try await room.loadBoard()
    let now = work.now
    let changes = await room.judge(now)
    let due = next(work.now, fast: room.board.isFast)
    do {
      try await work.renew(due: due, payload: []) { call in
        // Ends with the last alarm; the next one to be made begins it again.
        guard try call.transaction.partitions(holding: Alarm.kind).isEmpty else { return }
        try call.transaction.cancel(queue, key: key, in: call.partition)
      }
    } catch is ClaimLost {
      // A new alarm has set an earlier turn.
    }
    // What is not stored before a crash is found again: after a start all alarms are judged.
    await room.keep(changes, now)
  }

  static func next(_ now: Timestamp, fast: Bool) -> Timestamp {
    let length: Int64 = fast ? 10 : 60
    return Timestamp(seconds: (now.seconds / length + 1) * length) + pause
  }

  /// Begins the turns, or moves the next one to where an alarm with a short period needs it.
  static func begin(_ definition: AlarmDefinition, _ call: Call<CloudWatch>) throws {
    let home = call.room.context.home
    let due = next(call.now, fast: definition.cadence == 10)
    if let entry = try call.transaction.entry(queue, key: key, in: home), entry.due <= due { return }
    try call.transaction.schedule(AgendaEntry(queue: queue, partition: home, key: key, due: due, payload: []))
  }
}

extension CloudWatch {
  /// How many alarms have something to judge: those that rest cost nothing.
  package var alarmsAtWork: Int { board.activeCount }

  /// Goes on with what alarms need in memory.
  func startAlarms() async throws {
    try await loadModels()
    let (home, due) = (context.home, context.clock.now())
    try await context.store.write { transaction in
      guard try transaction.entry(JudgeAlarms.queue, key: JudgeAlarms.key, in: home) == nil else { return }
      guard try !transaction.partitions(holding: Alarm.kind).isEmpty else { return }
      try transaction.schedule(
        AgendaEntry(queue: JudgeAlarms.queue, partition: home, key: JudgeAlarms.key, due: due, payload: []))
    }
  }

  /// Fills the board from the Catalog, once.
  func loadBoard() async throws {
    guard !board.isLoaded else { return }
    let partitions = try await context.store.read { try $0.partitions(holding: Alarm.kind) }
    for partition in partitions {
      var after: CatalogCursor?
      repeat {
        let cursor = after
        let page = try await context.store.read { try $0.page(Alarm.self, in: partition, after: cursor, limit: 1_000) }
        for alarm in page.items { watch(alarm, partition, forced: true) }
        after = page.next
      } while after != nil
    }
    board.loaded()
  }

  /// Tells the board of an alarm as it is stored now.
  func watch(_ alarm: Alarm, _ partition: Partition, forced: Bool) {
    do {
      board.put(
        AlarmBoard.Watch(
          name: .init(partition: partition, name: alarm.name), definition: try AlarmDefinition(alarm, partition), state: alarm.state,
          configured: alarm.configured, stateUpdated: alarm.stateUpdated), forced: forced)
    } catch {
      context.log.error("an alarm can not be evaluated", metadata: ["alarm": "\(alarm.name)", "fault": "\(error)"])
    }
  }

  /// Judges what is due, in parallel. Answers what is to be stored.
  func judge(_ now: Timestamp) async -> [(AlarmBoard.Watch, AlarmJudgement)] {
    board.look(at: engine)
    let due = board.due(now)
    if due.isEmpty { return [] }
    let turn = JudgementTurn(self, now)
    let found = Mutex<[(AlarmBoard.Watch, AlarmJudgement)]>([])
    await turn.judge(due.map(\.watch)) { watch, judgement in found.withLock { $0.append((watch, judgement)) } }
    let lateness = context.clock.now() - (Timestamp(seconds: due.map(\.turn).max() ?? now.seconds) + JudgeAlarms.pause)
    context.counters.add("Martlet/CloudWatch", "AlarmEvaluations", [:], Double(due.count), in: context.home)
    context.counters.add(
      "Martlet/CloudWatch", "AlarmEvaluationLateness", [:], max(0, lateness.secondsAsDouble * 1_000), unit: "Milliseconds",
      in: context.home)
    return found.withLock { $0 }
  }

  /// Stores what judgements change. One that can not be stored is made again at the next turn.
  func keep(_ changes: [(AlarmBoard.Watch, AlarmJudgement)], _ now: Timestamp) async {
    await withDiscardingTaskGroup { group in
      for (watch, judgement) in changes {
        group.addTask {
          do { try await self.settle(watch, judgement, now) } catch {
            self.board.again(watch.name)
            self.context.log.error("an alarm's state was not stored", metadata: ["alarm": "\(watch.name.name)", "error": "\(error)"])
          }
        }
      }
    }
  }

  /// Puts the alarm into the state that was found, unless it was changed meanwhile.
  func settle(_ watch: AlarmBoard.Watch, _ judgement: AlarmJudgement, _ now: Timestamp) async throws {
    let context = serviceContext(watch.name.partition, now)
    try await self.context.store.write { transaction in
      let call = Call(room: self, context: context, transaction: transaction)
      guard var current = try call.get(Alarm.self, watch.name.name), current.configured == watch.configured,
        current.stateUpdated == watch.stateUpdated
      else { return transaction.afterCommit { self.board.again(watch.name) } }
      try call.apply(judgement, to: &current, watch.definition)
    }
  }

  /// A context for what the room does of itself.
  func serviceContext(_ partition: Partition, _ now: Timestamp) -> CallContext {
    let principal = Self.identity.principal
    return CallContext(
      caller: .service(principal, in: partition), requestID: context.identifiers.uuid(), now: now, invokedBy: principal)
  }
}

extension Call where Home == CloudWatch {
  /// Puts the alarm into the state that an evaluation found, with what follows from it.
  func apply(_ judgement: AlarmJudgement, to alarm: inout Alarm, _ definition: AlarmDefinition) throws {
    var verdict = judgement.verdict
    if let contributors = judgement.contributors {
      // Those whose data says nothing stay as they are, and the alarm with them.
      let inAlarm = try settle(contributors, alarm, definition)
      if !contributors.isEmpty { verdict = .state(inAlarm > 0 ? .alarm : .ok) }
    }
    guard case .state(let state) = verdict, state != alarm.state else { return }
    if definition.warmUp != nil { alarm.warmUpEnded = true }
    try change(
      &alarm, to: state, reason: judgement.reason(definition, from: alarm.state, to: state),
      data: judgement.reasonData(definition, now: now), acts: judgement.contributors?.isEmpty ?? true)
  }
}
