import ServiceKit
import Store

/// Changes an API destination; what is not given stays. Source: Amazon EventBridge API Reference, UpdateApiDestination.
struct UpdateApiDestination: Operation {
  struct Input: Shape {
    var name: String
    var description: String?
    var connectionArn: String?
    var invocationEndpoint: String?
    var httpMethod: String?
    var invocationRateLimitPerSecond: Int?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...64, .resourceName), .length("description", \.description, 0...512),
        .length("connectionArn", \.connectionArn, 1...1_600, .connectionARN),
        .length("invocationEndpoint", \.invocationEndpoint, 1...2_048, .endpoint), .oneOf("httpMethod", \.httpMethod, methods),
        .range("invocationRateLimitPerSecond", \.invocationRateLimitPerSecond, 1...Int(Int32.max)),
      ]
    }
  }
  /// In the order in which AWS names them.
  static let methods = ["HEAD", "POST", "PATCH", "DELETE", "PUT", "GET", "OPTIONS"]

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "api-destination/\(input.name)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> CreateApiDestination.Output {
    var destination = try call.destination(input.name)
    let before = try call.state(of: destination)
    if let connection = input.connectionArn {
      _ = try call.connection(arn: connection)
      destination.connectionArn = connection
    }
    if let endpoint = input.invocationEndpoint {
      try ApiDestination.check(endpoint, call)
      destination.endpoint = endpoint
    }
    destination.description = input.description ?? destination.description
    destination.method = input.httpMethod ?? destination.method
    destination.rate = input.invocationRateLimitPerSecond ?? destination.rate
    destination.modified = call.now
    try call.put(destination)
    let after = try call.state(of: destination)
    if after != before { try call.emit(destination, isActive: after == "ACTIVE") }
    return try CreateApiDestination.Output(destination, call)
  }
}
