import JSON
import ServiceKit
import Time

/// Describes an activity. Source: AWS Step Functions API Reference, DescribeActivity.
struct DescribeActivity: Operation {
  struct Input: Shape {
    var activityArn: String
    static var limits: [Limit<Self>] { [.arn("activityArn", \.activityArn)] }
  }
  struct Output: Shape {
    var activityArn: String
    var name: String
    var creationDate: Timestamp
    var encryptionConfiguration: JSONValue
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.activityArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let activity = try call.activity(input.activityArn)
    return Output(
      activityArn: activity.arn(call.partition).description, name: activity.name, creationDate: activity.created,
      encryptionConfiguration: activity.encryptionConfiguration ?? StateMachine.noEncryption)
  }
}
