import ServiceKit
import Wire

/// Starts a pipe that is stopped or failed. Source: Amazon EventBridge Pipes API Reference, StartPipe.
struct StartPipe: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName)] }
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/pipes/{Name}/start")

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("pipes", "pipe/\(input.name)") }

  static func run(_ input: Input, _ call: Call<Pipes>) throws -> PipeState {
    var pipe = try call.settled(input.name)
    pipe.desiredState = "RUNNING"
    return try call.change(pipe, to: "STARTING")
  }
}
