import ServiceKit
import Time

/// Describes a connection, without its secrets. Source: Amazon EventBridge API Reference, DescribeConnection.
struct DescribeConnection: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName)] }
  }
  struct Output: Shape {
    var connectionArn: String
    var name: String
    var description: String?
    var connectionState: String
    var stateReason: String?
    var authorizationType: String
    var secretArn: String?
    var kmsKeyIdentifier: String?
    var authParameters: ConnectionParameters?
    var creationTime: Timestamp
    var lastModifiedTime: Timestamp
    var lastAuthorizedTime: Timestamp?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "connection/\(input.name)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let connection = try call.connection(input.name)
    return Output(
      connectionArn: connection.arn(call.partition).description, name: connection.name, description: connection.description,
      connectionState: connection.state.rawValue, stateReason: connection.stateReason, authorizationType: connection.authorizationType,
      secretArn: connection.sealed.map { _ in connection.secretARN(call.partition) }, kmsKeyIdentifier: connection.kmsKeyIdentifier,
      authParameters: connection.shown, creationTime: connection.created, lastModifiedTime: connection.modified,
      lastAuthorizedTime: connection.authorized)
  }
}
