import ServiceKit
import Time

/// Describes an API destination. Source: Amazon EventBridge API Reference, DescribeApiDestination.
struct DescribeApiDestination: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName)] }
  }
  struct Output: Shape {
    var apiDestinationArn: String
    var name: String
    var description: String?
    var apiDestinationState: String
    var connectionArn: String
    var invocationEndpoint: String
    var httpMethod: String
    var invocationRateLimitPerSecond: Int
    var creationTime: Timestamp
    var lastModifiedTime: Timestamp
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "api-destination/\(input.name)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    try Output(call.destination(input.name), call)
  }
}

extension DescribeApiDestination.Output {
  init(_ destination: ApiDestination, _ call: Call<EventBridge>) throws {
    self.init(
      apiDestinationArn: destination.arn(call.partition).description, name: destination.name, description: destination.description,
      apiDestinationState: try call.state(of: destination), connectionArn: destination.connectionArn,
      invocationEndpoint: destination.endpoint, httpMethod: destination.method, invocationRateLimitPerSecond: destination.rate,
      creationTime: destination.created, lastModifiedTime: destination.modified)
  }
}
