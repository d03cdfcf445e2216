import JSON
import ServiceKit
import Store
import Time

/// Makes an activity; one that is there already is answered. Source: AWS Step Functions API Reference, CreateActivity.
struct CreateActivity: Operation {
  struct Input: Shape {
    var name: String
    var tags: [Tag]?
    var encryptionConfiguration: JSONValue?
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...80)] }
  }
  struct Output: Shape {
    var activityArn: String
    var creationDate: Timestamp
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { Activity.arn(input.name, caller.partition) }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    try StatesName.check(input.name)
    try MachineConfiguration.check(encryption: input.encryptionConfiguration)
    let arn = Activity.arn(input.name, call.partition).description
    if let known = try call.get(Activity.self, input.name) {
      if let asked = input.encryptionConfiguration, asked != known.encryptionConfiguration ?? StateMachine.noEncryption {
        throw Fault("ActivityAlreadyExists", "Activity already exists. EncryptionConfiguration may not be updated.")
      }
      return Output(activityArn: arn, creationDate: known.created)
    }
    if let most = call.room.quotas?.activities, try call.transaction.count(Activity.kind, in: call.partition, prefix: "") >= most {
      throw Fault("ActivityLimitExceeded", "The maximum number of activities (\(most)) has been reached.")
    }
    let tags = try Tag.checked(input.tags)
    try call.put(
      Activity(name: input.name, created: call.now, encryptionConfiguration: input.encryptionConfiguration, tags: tags))
    return Output(activityArn: arn, creationDate: call.now)
  }
}
