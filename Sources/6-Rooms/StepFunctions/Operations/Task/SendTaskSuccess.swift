import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store

/// Reports the success of a task that waits for its token. Source: AWS Step Functions API Reference, SendTaskSuccess.
struct SendTaskSuccess: Operation {
  struct Input: Shape {
    var taskToken: String
    var output: String
    static var limits: [Limit<Self>] { [.length("taskToken", \.taskToken, 1...2_048)] }
  }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    let token = try TaskToken(input.taskToken, call.room.context.tokens)
    let output: Payload
    do { output = try Payload(parsing: input.output) } catch { throw Fault("InvalidOutput", "Invalid Output: '\(error.message)'") }
    try call.report(token, .taskSucceeded(id: token.task, output: output))
    return Empty()
  }
}

extension Call where Home == StepFunctions {
  /// Throws TaskTimedOut when nobody waits for the task any more.
  func report(_ token: TaskToken, _ event: ExecutionEvent) throws {
    let execution = try execution(token.execution)
    let late = Fault("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
    guard execution.status == "RUNNING", try advance(execution.key, [event]).isEmpty else { throw late }
  }
}
