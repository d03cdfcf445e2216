import ServiceKit
import Store
import Time

/// Creates an API destination: an HTTP endpoint as a target. Source: Amazon EventBridge API Reference, CreateApiDestination.
///
/// Differs: plain http is accepted, except under the quotas of AWS.
struct CreateApiDestination: Operation {
  struct Input: Shape {
    var name: String
    var description: String?
    var connectionArn: String
    var invocationEndpoint: String
    var httpMethod: String
    var invocationRateLimitPerSecond: Int?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...64, .resourceName), .length("description", \.description, 0...512),
        .length("connectionArn", \.connectionArn, 1...1_600, .connectionARN),
        .length("invocationEndpoint", \.invocationEndpoint, 1...2_048, .endpoint),
        .oneOf("httpMethod", \.httpMethod, UpdateApiDestination.methods),
        .range("invocationRateLimitPerSecond", \.invocationRateLimitPerSecond, 1...Int(Int32.max)),
      ]
    }
  }
  struct Output: Shape {
    var apiDestinationArn: String
    var apiDestinationState: String
    var creationTime: Timestamp
    var lastModifiedTime: Timestamp
  }
  /// Source: EventBridge User Guide, "Amazon EventBridge quotas".
  private static let most = 3_000

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "api-destination/\(input.name)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    _ = try call.connection(arn: input.connectionArn)
    try ApiDestination.check(input.invocationEndpoint, call)
    guard try call.get(ApiDestination.self, input.name) == nil else {
      throw Fault.alreadyExists("An api-destination '\(input.name)'")
    }
    if call.enforcesQuotas, try call.transaction.count(ApiDestination.kind, in: call.partition, prefix: "") >= most {
      throw Fault.limitExceeded
    }
    let destination = ApiDestination(
      name: input.name, id: call.room.context.identifiers.uuid(), description: input.description, connectionArn: input.connectionArn,
      endpoint: input.invocationEndpoint, method: input.httpMethod,
      rate: input.invocationRateLimitPerSecond ?? ApiDestination.standardRate, created: call.now, modified: call.now)
    try call.put(destination, when: .absent)
    if try call.state(of: destination) == "ACTIVE" { try call.emit(destination, isActive: true) }
    return try Output(destination, call)
  }
}

extension CreateApiDestination.Output {
  init(_ destination: ApiDestination, _ call: Call<EventBridge>) throws {
    self.init(
      apiDestinationArn: destination.arn(call.partition).description, apiDestinationState: try call.state(of: destination),
      creationTime: destination.created, lastModifiedTime: destination.modified)
  }
}
