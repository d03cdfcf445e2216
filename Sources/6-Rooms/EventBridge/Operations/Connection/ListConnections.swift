import ServiceKit
import Store
import Time

/// Lists connections by name. Source: Amazon EventBridge API Reference, ListConnections.
struct ListConnections: Operation {
  struct Input: Shape {
    var namePrefix: String?
    var connectionState: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] {
      [
        .length("namePrefix", \.namePrefix, 1...64, .resourceName),
        .oneOf(
          "connectionState", \.connectionState,
          [
            "CREATING", "UPDATING", "DELETING", "AUTHORIZED", "DEAUTHORIZED", "AUTHORIZING", "DEAUTHORIZING", "ACTIVE",
            "FAILED_CONNECTIVITY",
          ]), .range("limit", \.limit, 1...100),
      ]
    }
  }
  struct Output: Shape {
    var connections: [Entry]
    var nextToken: String?
  }
  struct Entry: Shape {
    var connectionArn: String
    var name: String
    var connectionState: String
    var stateReason: String?
    var authorizationType: String
    var creationTime: Timestamp
    var lastModifiedTime: Timestamp
    var lastAuthorizedTime: Timestamp?
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let page = try call.filtered(Connection.self, prefix: input.namePrefix, token: input.nextToken, limit: input.limit) { connection in
      input.connectionState.map { $0 == connection.state.rawValue } ?? true
    }
    let entries = page.items.map { connection in
      Entry(
        connectionArn: connection.arn(call.partition).description, name: connection.name, connectionState: connection.state.rawValue,
        stateReason: connection.stateReason, authorizationType: connection.authorizationType, creationTime: connection.created,
        lastModifiedTime: connection.modified, lastAuthorizedTime: connection.authorized)
    }
    return Output(connections: entries, nextToken: call.token(page.next))
  }
}
