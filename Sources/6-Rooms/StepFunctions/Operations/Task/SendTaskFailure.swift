import ServiceKit
import StatesLanguage

/// Reports the failure of a task that waits for its token. Source: AWS Step Functions API Reference, SendTaskFailure.
struct SendTaskFailure: Operation {
  struct Input: Shape {
    var taskToken: String
    var error: String?
    var cause: String?
    static var limits: [Limit<Self>] {
      [
        .length("taskToken", \.taskToken, 1...2_048), .length("error", \.error, 0...256), .length("cause", \.cause, 0...32_768),
      ]
    }
  }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    let token = try TaskToken(input.taskToken, call.room.context.tokens)
    try call.report(token, .taskFailed(id: token.task, error: input.error, cause: input.cause))
    return Empty()
  }
}
