import JSON
import ServiceKit
import StatesLanguage
import Store
import Time

/// Changes a state machine; executions that run keep what they began with. Source: AWS Step Functions API Reference, UpdateStateMachine.
struct UpdateStateMachine: Operation {
  struct Input: Shape {
    var stateMachineArn: String
    var definition: String?
    var roleArn: String?
    var loggingConfiguration: JSONValue?
    var tracingConfiguration: JSONValue?
    var publish: Bool?
    var versionDescription: String?
    var encryptionConfiguration: JSONValue?
    static var limits: [Limit<Self>] {
      [
        .arn("stateMachineArn", \.stateMachineArn),
        .length("definition", \.definition, 1...1_048_576), .length("roleArn", \.roleArn, 1...256),
        .length("versionDescription", \.versionDescription, 0...256),
      ]
    }
  }
  struct Output: Shape {
    var updateDate: Timestamp
    var revisionId: String?
    var stateMachineVersionArn: String?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    var machine = try call.changeable(input.stateMachineArn)
    let given: [Any?] = [
      input.definition, input.roleArn, input.loggingConfiguration, input.tracingConfiguration, input.encryptionConfiguration,
    ]
    guard given.contains(where: { $0 != nil }) else {
      throw Fault(
        "MissingRequiredParameter",
        "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified")
    }
    try check(input, WorkflowType(rawValue: machine.type) ?? .standard, call)
    let before = try call.revision(machine.name, machine.revision)
    machine.roleArn = input.roleArn ?? machine.roleArn
    machine.loggingConfiguration = input.loggingConfiguration ?? machine.loggingConfiguration
    machine.tracingConfiguration = input.tracingConfiguration ?? machine.tracingConfiguration
    machine.encryptionConfiguration = input.encryptionConfiguration ?? machine.encryptionConfiguration
    machine.revision = call.room.context.identifiers.uuid()
    machine.updated = call.now
    _ = try call.newRevision(of: machine, definition: input.definition ?? before.definition)
    try call.put(machine)
    call.changed()
    var output = Output(updateDate: call.now, revisionId: machine.revision)
    if input.publish == true {
      output.stateMachineVersionArn = try call.publish(&machine, description: input.versionDescription).arn(call.partition)
    }
    return output
  }

  private static func check(_ input: Input, _ type: WorkflowType, _ call: Call<StepFunctions>) throws {
    if input.versionDescription != nil, input.publish != true {
      throw Fault.validation("Version description can only be set when publish is true")
    }
    if let role = input.roleArn, ARN(role)?.service != "iam" { throw Fault.invalidARN(role) }
    try call.check(logging: input.loggingConfiguration)
    try MachineConfiguration.check(tracing: input.tracingConfiguration)
    try MachineConfiguration.check(encryption: input.encryptionConfiguration)
    if let definition = input.definition { _ = try call.room.compile(definition, type) }
  }
}
