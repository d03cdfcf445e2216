import ServiceKit

/// Says which accounts may send to a destination. Source: Amazon CloudWatch Logs API Reference, PutDestinationPolicy.
struct PutDestinationPolicy: Operation {
  struct Input: Shape {
    var destinationName: String
    var accessPolicy: String
    var forceUpdate: Bool?
    static var limits: [Limit<Self>] {
      [.length("destinationName", \.destinationName, 1...512, LogName.stream), .length("accessPolicy", \.accessPolicy, 1...5_120)]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "destination:\(input.destinationName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    var destination = try call.destination(input.destinationName)
    try PolicyDocument.check(input.accessPolicy, "accessPolicy")
    destination.accessPolicy = input.accessPolicy
    try call.put(destination)
    return Empty()
  }
}
