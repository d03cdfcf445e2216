import JSON
import ServiceKit
import Store
import Time

/// Changes a connection; what is not given stays. New parameters authorize it again. Source: Amazon EventBridge API Reference, UpdateConnection.
struct UpdateConnection: Operation {
  struct Input: Shape {
    var name: String
    var description: String?
    var authorizationType: String?
    var authParameters: ConnectionParameters?
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
    var lastAuthorizedTime: Timestamp?
  }
  static let audit = AuditDetail.callOnly

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "connection/\(input.name)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    if input.invocationConnectivityParameters != nil { throw Connection.noPrivateNetworks }
    var connection = try call.connection(input.name)
    let before = connection.state
    connection.description = input.description ?? connection.description
    connection.kmsKeyIdentifier = input.kmsKeyIdentifier ?? connection.kmsKeyIdentifier
    connection.modified = call.now
    let type = input.authorizationType ?? connection.authorizationType
    if type != connection.authorizationType || input.authParameters != nil {
      let seal = call.room.context.tokens
      var old = try connection.sealed == nil ? ConnectionParameters() : connection.parameters(seal)
      if type != connection.authorizationType {
        old = ConnectionParameters(invocationHttpParameters: old.invocationHttpParameters)
      }
      let parameters = old.updated(by: input.authParameters ?? ConnectionParameters())
      if input.authParameters?.connectivityParameters != nil { throw Connection.noPrivateNetworks }
      try Connection.check(parameters, of: type)
      connection.authorizationType = type
      let key = EventBridge.tokenKey(connection)
      try connection.set(parameters, seal, now: call.now)
      let room = call.room
      call.transaction.afterCommit { room.tokens.forget(key) }
    }
    try call.keep(connection)
    try call.emit(.updateStarted, of: connection)
    try call.emitState(of: connection, before: before)
    return Output(connection, call.partition)
  }
}

extension UpdateConnection.Output {
  init(_ connection: Connection, _ partition: Partition, state: String? = nil) {
    self.init(
      connectionArn: connection.arn(partition).description, connectionState: state ?? connection.state.rawValue,
      creationTime: connection.created, lastModifiedTime: connection.modified, lastAuthorizedTime: connection.authorized)
  }
}
