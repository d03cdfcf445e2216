import JSON
import ServiceKit
import Store
import Time

/// Makes a state machine. Source: AWS Step Functions API Reference, CreateStateMachine.
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
        .oneOf("type", \.type, ["STANDARD", "EXPRESS"]),
      ]
    }
  }
  struct Output: Shape {
    var stateMachineArn: String
    var creationDate: Timestamp
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { StateMachine.arn(input.name, caller.partition) }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    try StatesName.check(input.name)
    guard ARN(input.roleArn)?.service == "iam" else { throw Fault.invalidARN(input.roleArn) }
    if input.type == "EXPRESS" {
      throw Fault("StateMachineTypeNotSupported", "Express state machines are not served by Martlet yet; use the type STANDARD.")
    }
    if input.publish == true { throw Fault.validation("Versions of state machines are not served by Martlet yet: leave out 'publish'.") }
    _ = try call.room.compile(input.definition)
    let arn = StateMachine.arn(input.name, call.partition)
    if let known = try call.get(StateMachine.self, input.name) {
      // The same request again is answered as the first.
      let revision = try call.revision(known.name, known.revision)
      guard revision.definition == input.definition, known.roleArn == input.roleArn else {
        throw Fault("StateMachineAlreadyExists", "State Machine Already Exists: '\(arn)'", status: 409)
      }
      return Output(stateMachineArn: arn.description, creationDate: known.created)
    }
    let revision = try call.newRevision(input.name, definition: input.definition, roleArn: input.roleArn)
    try call.put(
      StateMachine(
        name: input.name, type: "STANDARD", roleArn: input.roleArn, created: call.now, updated: call.now, revision: revision.id,
        loggingConfiguration: input.loggingConfiguration, tracingConfiguration: input.tracingConfiguration,
        encryptionConfiguration: input.encryptionConfiguration, tags: Tag.map(input.tags)))
    return Output(stateMachineArn: arn.description, creationDate: call.now)
  }
}
