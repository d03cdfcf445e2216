import ServiceKit
import Store

/// Deletes an activity; one that is not there is no error. Source: AWS Step Functions API Reference, DeleteActivity.
///
/// Tasks that no worker has taken are given to nobody any more; their states end by their own time-outs.
struct DeleteActivity: Operation {
  struct Input: Shape {
    var activityArn: String
    static var limits: [Limit<Self>] { [.arn("activityArn", \.activityArn)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.activityArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    let name = try Activity.name(input.activityArn, call.partition)
    guard try call.delete(Activity.self, name) else { return Empty() }
    var waiting: [String] = []
    try call.transaction.forEach(WaitingTask.self, in: call.partition, prefix: "\(name)/") {
      waiting.append($0.key)
      return true
    }
    for key in waiting { try call.delete(WaitingTask.self, key) }
    return Empty()
  }
}
