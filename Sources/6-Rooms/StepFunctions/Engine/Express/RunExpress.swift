import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Time

/// Runs an Express execution that was started asynchronously. After a crash it is run again from its start: at least once, as AWS says.
struct RunExpress: Worker {
  static let queue = "states.express"
  static let concurrency = 1_000

  static func run(_ task: AgendaTask, _ work: Work<StepFunctions>) async throws {
    var execution = try work.payload(ExpressExecution.self)
    // The five minutes count from when it runs.
    execution.started = work.now
    let (machine, revision) = (execution.machine, execution.revision)
    let program: Program?
    if let known = work.room.programs.find(revision).value {
      program = known
    } else {
      program = try await work.read { call in
        guard try call.get(MachineRevision.self, MachineRevision.key(machine, revision)) != nil else { return nil }
        return try call.room.program(revision) { try call.revision(machine, revision) }
      }
    }
    // Its machine was deleted meanwhile.
    guard let program else { return }
    var run = ExpressRun(work.room, execution, program, input: try Payload(parsing: execution.input), work.partition)
    _ = try await run.run()
  }
}
