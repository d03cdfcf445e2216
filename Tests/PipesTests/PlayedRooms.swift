import JSON
import ServiceKit
import Store
import Synchronization
import Wire

/// Step Functions as a test plays it: express workflows answer what the test says.
final class PlayedWorkflows: Room {
  static let identity = ServiceIdentity(
    id: "stepfunctions", signingName: "states", protocols: [.awsJson10], targetPrefix: "AWSStepFunctions", apiVersion: "2016-11-23")
  static let operations: [any OperationDescription<PlayedWorkflows>.Type] = [StartSyncExecution.self]
  let context: RoomContext
  let inputs = Mutex<[JSONValue]>([])
  /// The output for an input, or nil for an execution that fails.
  let answer = Mutex<@Sendable (JSONValue) -> JSONValue?>({ $0 })

  init(_ context: RoomContext) { self.context = context }

  static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? {
    ("StartExecution", ["stateMachineArn": .string(delivery.target.description), "input": .string(delivery.text)])
  }

  struct StartSyncExecution: AsyncOperation {
    struct Input: Shape {
      var stateMachineArn: String
      var input: String
    }
    struct Output: Shape {
      var status: String
      var output: String?
      var error: String?
      var cause: String?
    }

    static func run(_ input: Input, _ call: AsyncCall<PlayedWorkflows>) async throws -> Output {
      let value = try JSONValue(parsing: input.input)
      call.room.inputs.withLock { $0.append(value) }
      guard let output = call.room.answer.withLock({ $0 })(value) else {
        return Output(status: "FAILED", error: "Broken", cause: "It broke.")
      }
      return Output(status: "SUCCEEDED", output: output.text)
    }
  }
}

/// EventBridge as a test plays it: API destinations answer what the test says.
final class PlayedDestinations: Room {
  static let identity = ServiceIdentity(
    id: "events", signingName: "events", protocols: [.awsJson11], targetPrefix: "AWSEvents", apiVersion: "2015-10-07")
  static let memberCase = JSONMemberCase.pascal
  static let operations: [any OperationDescription<PlayedDestinations>.Type] = [InvokeApiDestination.self]
  let context: RoomContext
  let requests = Mutex<[(body: String, header: String?)]>([])
  let answer = Mutex<@Sendable (String) -> String>({ _ in "" })

  init(_ context: RoomContext) { self.context = context }

  static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? {
    guard delivery.target.resourceType == "api-destination" else { return nil }
    let header = delivery.parameters["HttpParameters"]?["HeaderParameters"]?["X-Id"] ?? ""
    return ("InvokeApiDestination", ["Body": .string(delivery.text), "Header": header])
  }

  struct InvokeApiDestination: AsyncOperation {
    struct Input: Shape {
      var body: String
      var header: String?
    }
    struct Output: Shape { var body: String }

    static func run(_ input: Input, _ call: AsyncCall<PlayedDestinations>) async throws -> Output {
      call.room.requests.withLock { $0.append((input.body, input.header)) }
      return Output(body: call.room.answer.withLock { $0 }(input.body))
    }
  }
}
