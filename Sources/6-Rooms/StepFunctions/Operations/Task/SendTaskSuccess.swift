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
    if call.enforcesQuotas, input.output.utf8.count > 262_144 {
      throw Fault("InvalidOutput", "Invalid Output: 'Output must be at most 262144 bytes long'")
    }
    do throws(JSONParseError) { output = try Payload(parsing: input.output) } catch {
      throw Fault("InvalidOutput", "Invalid Output: '\(error.message)'")
    }
    try call.report(token, .taskSucceeded(id: token.task, output: output))
    return Empty()
  }
}

extension Call where Home == StepFunctions {
  /// Throws TaskTimedOut when nobody waits for the task any more, TaskDoesNotExist when its execution is gone.
  func report(_ token: TaskToken, _ event: ExecutionEvent) throws {
    let execution: Execution
    do { execution = try self.execution(token.execution) } catch let fault as Fault where fault.code == "ExecutionDoesNotExist" {
      throw Fault("TaskDoesNotExist", "Task Does Not Exist: 'Provided task does not exist'")
    }
    let late = Fault("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
    guard execution.isRunning, try advance(execution.key, [event]).isEmpty else { throw late }
  }
}
