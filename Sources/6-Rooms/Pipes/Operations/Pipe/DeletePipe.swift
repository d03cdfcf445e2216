import ServiceKit
import Wire

/// Deletes a pipe, which is gone a moment later. Source: Amazon EventBridge Pipes API Reference, DeletePipe.
struct DeletePipe: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName)] }
  }
  static let route: OperationRoute? = OperationRoute("DELETE", "/v1/pipes/{Name}")

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("pipes", "pipe/\(input.name)") }

  static func run(_ input: Input, _ call: Call<Pipes>) throws -> PipeState {
    var pipe = try call.settled(input.name)
    pipe.desiredState = "DELETED"
    return try call.change(pipe, to: "DELETING")
  }
}
