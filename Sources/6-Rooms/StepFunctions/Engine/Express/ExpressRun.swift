import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Time

/// Runs an Express execution from start to end in memory: nothing of it is stored but what its tasks do and what is logged.
struct ExpressRun {
  /// The longest an Express execution may run. Source: Step Functions Developer Guide, "Quotas".
  static let longest = Duration.seconds(300)

  private enum Happening: Sendable {
    case events([ExecutionEvent])
    /// A timer with the number of its setting: one that was moved or cancelled since has another.
    case timer(id: Int, setting: Int)
    case limit
  }

  private let room: StepFunctions
  private let execution: ExpressExecution
  private let partition: Partition
  private let program: Program
  private let info: ExecutionInfo
  private var state = ExecutionState()
  private var settings: [Int: Int] = [:]
  private var links: [Int: EventLink] = [:]
  private var metrics: ExecutionMetrics
  private var outcome: ExecutionOutcome?

  init(_ room: StepFunctions, _ execution: ExpressExecution, _ program: Program, input: Payload, _ partition: Partition) {
    self.room = room
    self.execution = execution
    self.program = program
    self.partition = partition
    info = execution.info(input, partition)
    metrics = ExecutionMetrics(machine: execution.machine, version: execution.version, alias: execution.alias, partition)
    metrics.started()
  }

  /// Throws CancellationError, or the fault of a server that stops.
  mutating func run() async throws -> ExpressResult {
    let effects = advance([.start])
    if outcome == nil { try await wait(effects) }
    let stopped = room.context.clock.now()
    let result = ExpressResult(stopped: stopped, outcome: outcome ?? .timedOut)
    let billing = ExpressBilling(stopped - execution.started)
    metrics.ended(result.status, after: stopped - execution.started)
    metrics.billed(memory: billing.memory, duration: billing.duration)
    metrics.add(to: room.context.counters, partition)
    return result
  }

  private mutating func advance(_ events: [ExecutionEvent]) -> [Effect] {
    let step = program.interpreter.advance(state, events, execution: info, now: room.context.clock.now())
    state = step.state
    note(step.events)
    for case .finish(let end) in step.effects { outcome = end }
    return step.effects
  }

  private mutating func note(_ events: [HistoryEvent]) {
    if let log = program.log {
      let logged = events.filter { log.takes($0.type) }.map { $0.json() }
      room.executionLogs.append(logged, log, execution: info.id, machine: execution.machine, redrives: 0, partition)
    }
    for event in events {
      switch event.type {
      case .taskScheduled, .taskStarted, .taskSubmitted, .lambdaFunctionScheduled, .lambdaFunctionStarted:
        links[event.id] = EventLink(event)
      default: break
      }
      metrics.take(event) { links[$0] }
    }
    if outcome == nil, state.openIDs.isEmpty { links = [:] }
  }

  /// Carries out what the execution waits for, until it ends.
  private mutating func wait(_ first: [Effect]) async throws {
    let clock = room.context.clock
    let limit = execution.started + Self.longest
    var run = self
    self = try await withThrowingTaskGroup(of: Happening.self) { group in
      group.addTask {
        try await clock.sleep(until: limit)
        return .limit
      }
      run.carryOut(first, &group)
      while run.outcome == nil, let happening = try await group.next() {
        switch happening {
        case .events(let events): run.carryOut(run.advance(events), &group)
        case .timer(let id, let setting) where run.settings[id] == setting: run.carryOut(run.advance([.timerFired(id: id)]), &group)
        case .timer: break
        case .limit: _ = run.advance([.timeOut])
        }
      }
      group.cancelAll()
      return run
    }
  }

  private mutating func carryOut(_ effects: [Effect], _ group: inout ThrowingTaskGroup<Happening, any Error>) {
    let clock = room.context.clock
    for effect in effects {
      switch effect {
      case .startTask(let request):
        let task = ExpressTask(room: room, request: request, execution: execution, info: info, partition: partition)
        group.addTask { .events(try await task.run()) }
      case .startTimer(let id, let at):
        let setting = (settings[id] ?? 0) + 1
        settings[id] = setting
        group.addTask {
          try await clock.sleep(until: at)
          return .timer(id: id, setting: setting)
        }
      case .cancelTimer(let id): settings[id] = nil
      case .cancelTask, .startMapRun, .cancelMapRun, .redriveMapRun, .finish: break
      }
    }
  }
}

/// What an Express execution is billed for. Source: AWS Step Functions pricing: memory in steps of 64 MB, time in steps of 100 ms.
struct ExpressBilling {
  let memory: Int64 = 64
  let duration: Int64

  init(_ took: Duration) {
    let milliseconds = max(0, Int64(took / Duration.milliseconds(1)))
    duration = max(100, (milliseconds + 99) / 100 * 100)
  }
}
