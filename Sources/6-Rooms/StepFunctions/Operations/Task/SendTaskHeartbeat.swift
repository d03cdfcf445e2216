import ServiceKit
import StatesLanguage

/// Says that a task that waits for its token is still worked on. Source: AWS Step Functions API Reference, SendTaskHeartbeat.
struct SendTaskHeartbeat: Operation {
  struct Input: Shape {
    var taskToken: String
    static var limits: [Limit<Self>] { [.length("taskToken", \.taskToken, 1...2_048)] }
  }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    let token = try TaskToken(input.taskToken, call.room.context.tokens)
    try call.report(token, .taskHeartbeat(id: token.task))
    return Empty()
  }
}
