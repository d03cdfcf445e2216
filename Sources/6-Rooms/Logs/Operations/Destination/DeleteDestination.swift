import ServiceKit

/// Deletes a destination; subscription filters that name it deliver no more. Source: Amazon CloudWatch Logs API Reference, DeleteDestination.
struct DeleteDestination: Operation {
  struct Input: Shape {
    var destinationName: String
    static var limits: [Limit<Self>] { [.length("destinationName", \.destinationName, 1...512, LogName.stream)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "destination:\(input.destinationName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    _ = try call.destination(input.destinationName)
    try call.delete(Destination.self, input.destinationName)
    return Empty()
  }
}
