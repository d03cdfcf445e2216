import ServiceKit
import Wire

/// Stops a pipe; executions that have begun end by themselves. Source: Amazon EventBridge Pipes API Reference, StopPipe.
struct StopPipe: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName)] }
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/pipes/{Name}/stop")

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("pipes", "pipe/\(input.name)") }

  static func run(_ input: Input, _ call: Call<Pipes>) throws -> PipeState {
    var pipe = try call.settled(input.name)
    pipe.desiredState = "STOPPED"
    return try call.change(pipe, to: "STOPPING")
  }
}
