import ServiceKit
import StatesLanguage
import Store
import Time

/// Deletes a state machine with its versions, aliases and executions; one that is not there is no error.
///
/// Source: AWS Step Functions API Reference, DeleteStateMachine. Nothing starts any more at once; executions that run are aborted and
/// their histories removed by `DeleteMachine`, and the name is free again when that is done.
struct DeleteStateMachine: Operation {
  struct Input: Shape {
    var stateMachineArn: String
    static var limits: [Limit<Self>] { [.arn("stateMachineArn", \.stateMachineArn)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    let arn = try MachineARN(input.stateMachineArn, call.partition)
    switch arn.qualifier {
    case .none: break
    case .label: throw Fault.labelled("DeleteStateMachine")
    case .version, .alias: throw Fault.invalidARN(input.stateMachineArn)
    }
    guard var machine = try call.get(StateMachine.self, arn.name), machine.isDeleting != true else { return Empty() }
    machine.isDeleting = true
    try call.put(machine)
    call.changed()
    if try !call.eraseNext(of: machine.name) { try call.schedule(machine.name, for: DeleteMachine.queue, key: machine.name) }
    return Empty()
  }
}

/// Goes on with the deletion of a machine, some executions at a time.
struct DeleteMachine: Worker {
  static let queue = "states.delete"

  static func run(_ task: AgendaTask, _ work: Work<StepFunctions>) async throws {
    let name = try work.payload(String.self)
    try await work.finish { call in
      guard try call.get(StateMachine.self, name)?.isDeleting == true else { return }
      if try !call.eraseNext(of: name) { try call.schedule(name, for: queue, key: name) }
    }
  }
}

extension Call where Home == StepFunctions {
  private static var erasedAtOnce: Int { 100 }

  /// Aborts and removes some executions of a machine that is being deleted; with the last goes the machine. True when it is gone.
  func eraseNext(of machine: String) throws -> Bool {
    let page = try transaction.page(Execution.self, in: partition, prefix: "\(machine)/", limit: Self.erasedAtOnce)
    for execution in page.items {
      if execution.isRunning {
        try advance(execution.key, [.abort(error: nil, cause: "The state machine was deleted.")])
      }
      if let ended = try get(Execution.self, execution.key) { try erase(ended) }
    }
    guard page.next == nil else { return false }
    for alias in try aliases(of: machine) { try delete(MachineAlias.self, alias.key) }
    try removeAll(MachineVersion.self, of: machine)
    try removeAll(MachineRevision.self, of: machine)
    try delete(StateMachine.self, machine)
    changed()
    return true
  }

  private func removeAll<Value: Resource>(_ type: Value.Type, of machine: String) throws {
    var keys: [String] = []
    try transaction.forEach(type, in: partition, prefix: "\(machine)/") {
      keys.append($0.key)
      return true
    }
    for key in keys { try delete(type, key) }
  }
}
