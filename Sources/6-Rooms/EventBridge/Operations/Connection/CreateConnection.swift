import JSON
import ServiceKit
import Store
import Time

/// Creates a connection, whose secrets are kept encrypted. Source: Amazon EventBridge API Reference, CreateConnection.
struct CreateConnection: Operation {
  struct Input: Shape {
    var name: String
    var description: String?
    var authorizationType: String
    var authParameters: ConnectionParameters
    var invocationConnectivityParameters: JSONValue?
    var kmsKeyIdentifier: String?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...64, .resourceName), .length("description", \.description, 0...512),
        .oneOf("authorizationType", \.authorizationType, ["BASIC", "OAUTH_CLIENT_CREDENTIALS", "API_KEY"]),
        .length("kmsKeyIdentifier", \.kmsKeyIdentifier, 0...2_048, .kmsKey),
      ]
    }
  }
  struct Output: Shape {
    var connectionArn: String
    var connectionState: String
    var creationTime: Timestamp
    var lastModifiedTime: Timestamp
  }
  // The parameters are secrets.
  static let audit = AuditDetail.callOnly
  /// Source: EventBridge User Guide, "Amazon EventBridge quotas".
  private static let most = 3_000

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "connection/\(input.name)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    if input.invocationConnectivityParameters != nil { throw Connection.noPrivateNetworks }
    try Connection.check(input.authParameters, of: input.authorizationType)
    guard try call.get(Connection.self, input.name) == nil else { throw Fault.alreadyExists("Connection \(input.name)") }
    if call.enforcesQuotas, try call.transaction.count(Connection.kind, in: call.partition, prefix: "") >= most {
      throw Fault.limitExceeded
    }
    var connection = Connection(
      name: input.name, id: call.room.context.identifiers.uuid(), description: input.description,
      authorizationType: input.authorizationType, state: .authorizing, kmsKeyIdentifier: input.kmsKeyIdentifier, version: 0,
      created: call.now, modified: call.now)
    try connection.set(input.authParameters, call.room.context.tokens, now: call.now)
    try call.keep(connection)
    try call.emit(.creationStarted, of: connection)
    try call.emitState(of: connection, before: nil)
    return Output(
      connectionArn: connection.arn(call.partition).description, connectionState: connection.state.rawValue,
      creationTime: connection.created, lastModifiedTime: connection.modified)
  }
}
