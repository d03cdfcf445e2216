import ServiceKit
import StatesLanguage
import Store
import Time

/// Stops an execution that runs. Source: AWS Step Functions API Reference, StopExecution.
struct StopExecution: Operation {
  struct Input: Shape {
    var executionArn: String
    var error: String?
    var cause: String?
    static var limits: [Limit<Self>] {
      [.arn("executionArn", \.executionArn), .length("error", \.error, 0...256), .length("cause", \.cause, 0...32_768)]
    }
  }
  struct Output: Shape { var stopDate: Timestamp }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.executionArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let execution = try call.execution(input.executionArn)
    if let stopped = execution.stopped { return Output(stopDate: stopped) }
    try call.advance(execution.key, [.abort(error: input.error, cause: input.cause)])
    return Output(stopDate: call.now)
  }
}
