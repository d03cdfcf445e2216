import JSON
import JSONPath
import Server
import StatesLanguage

/// Lets a running server do what a task of the debugger asks for, by its TestState: what the task does is really done.
struct TaskCaller {
  let options: ClientOptions
  /// The role tasks are done under that name none.
  let role: String

  /// Throws why the task cannot be done: no server, or an integration that waits, which TestState takes with a mock only.
  func answer(_ request: TaskRequest) async throws -> TaskMocks.Answer {
    // The input has been made already: it is handed on as it is.
    let state: JSONValue = [
      "Type": "Task", "QueryLanguage": "JSONata", "Resource": .string(request.resource.arn), "Arguments": "{% $states.input %}",
      "End": true,
    ]
    let input: JSONValue = [
      "definition": .string(state.text), "input": .string(request.input.text), "roleArn": .string(request.roleArn ?? role),
    ]
    let client: APIClient
    do { client = try await options.client() } catch let error as ConfigurationError { throw Refusal(error.description) }
    let answer = try await client.call(target: "AWSStepFunctions.TestState", of: "states", input)
    guard answer["status"]?.string == "SUCCEEDED" else {
      return .failure(error: answer["error"]?.string ?? "", cause: answer["cause"]?.string)
    }
    return .result(try JSONValue(parsing: answer["output"]?.string ?? "null"))
  }
}
