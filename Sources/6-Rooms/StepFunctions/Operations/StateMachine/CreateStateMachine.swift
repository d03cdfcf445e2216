import JSON
import ServiceKit
import StatesLanguage
import Store
import Time

/// Makes a state machine. Source: AWS Step Functions API Reference, CreateStateMachine.
///
/// The same request again is answered as the first; another role and other tags are passed over.
struct CreateStateMachine: Operation {
  struct Input: Shape {
    var name: String
    var definition: String
    var roleArn: String
    var type: String?
    var loggingConfiguration: JSONValue?
    var tags: [Tag]?
    var tracingConfiguration: JSONValue?
    var publish: Bool?
    var versionDescription: String?
    var encryptionConfiguration: JSONValue?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...80), .length("definition", \.definition, 1...1_048_576), .length("roleArn", \.roleArn, 1...256),
        .oneOf("type", \.type, ["STANDARD", "EXPRESS"]), .length("versionDescription", \.versionDescription, 0...256),
      ]
    }
  }
  struct Output: Shape {
    var stateMachineArn: String
    var creationDate: Timestamp
    var stateMachineVersionArn: String?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { StateMachine.arn(input.name, caller.partition) }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let type = try check(input, call)
    let arn = StateMachine.arn(input.name, call.partition).description
    if let known = try call.get(StateMachine.self, input.name) { return try again(input, known, arn, call) }
    if let most = call.room.quotas?.machines, try call.transaction.count(StateMachine.kind, in: call.partition, prefix: "") >= most {
      throw Fault("StateMachineLimitExceeded", "The maximum number of state machines (\(most)) has been reached.")
    }
    let revision = call.room.context.identifiers.uuid()
    var machine = StateMachine(
      name: input.name, type: type.rawValue, roleArn: input.roleArn, created: call.now, updated: call.now, revision: revision,
      loggingConfiguration: input.loggingConfiguration, tracingConfiguration: input.tracingConfiguration,
      encryptionConfiguration: input.encryptionConfiguration, tags: try Tag.checked(input.tags), firstRevision: revision)
    _ = try call.newRevision(of: machine, definition: input.definition)
    try call.put(machine)
    call.changed()
    var output = Output(stateMachineArn: arn, creationDate: call.now)
    if input.publish == true {
      output.stateMachineVersionArn = try call.publish(&machine, description: input.versionDescription).arn(call.partition)
    }
    return output
  }

  private static func check(_ input: Input, _ call: Call<StepFunctions>) throws -> WorkflowType {
    try StatesName.check(input.name)
    guard ARN(input.roleArn)?.service == "iam" else { throw Fault.invalidARN(input.roleArn) }
    if input.versionDescription != nil, input.publish != true {
      throw Fault.validation("Version description can only be set when publish is true")
    }
    try call.check(logging: input.loggingConfiguration)
    try MachineConfiguration.check(tracing: input.tracingConfiguration)
    try MachineConfiguration.check(encryption: input.encryptionConfiguration)
    let type = WorkflowType(rawValue: input.type ?? "") ?? .standard
    _ = try call.room.compile(input.definition, type)
    return type
  }

  private static func again(_ input: Input, _ known: StateMachine, _ arn: String, _ call: Call<StepFunctions>) throws -> Output {
    if known.isDeleting == true { throw Fault.machineDeleting(arn) }
    let revision = try call.revision(known.name, known.revision)
    let same =
      revision.definition == input.definition && known.type == input.type ?? known.type
      && StateMachine.logging(known.loggingConfiguration) == StateMachine.logging(input.loggingConfiguration)
      && (known.tracingConfiguration ?? StateMachine.noTracing) == (input.tracingConfiguration ?? StateMachine.noTracing)
      && (known.encryptionConfiguration ?? StateMachine.noEncryption) == (input.encryptionConfiguration ?? StateMachine.noEncryption)
    guard same else { throw Fault("StateMachineAlreadyExists", "State Machine Already Exists: '\(arn)'") }
    var output = Output(stateMachineArn: arn, creationDate: known.created)
    if input.publish == true {
      var machine = known
      output.stateMachineVersionArn = try call.publish(&machine, description: input.versionDescription).arn(call.partition)
      call.changed()
    }
    return output
  }
}
