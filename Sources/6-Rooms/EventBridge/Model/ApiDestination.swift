import ServiceKit
import Store
import Time

/// An HTTP endpoint that events are sent to.
struct ApiDestination: Resource {
  static let kind = "events.api-destination"
  /// Requests in a second when nothing else is said.
  static let standardRate = 300
  var name: String
  var id: String
  var description: String?
  var connectionArn: String
  var endpoint: String
  var method: String
  var rate: Int
  var created: Timestamp
  var modified: Timestamp
  var key: String { name }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "events", region: partition.region, account: partition.account, resource: "api-destination/\(name)/\(id)")
  }

  /// Throws for an endpoint that nothing can be sent to.
  static func check(_ endpoint: String, _ call: Call<EventBridge>) throws {
    guard HttpCall.isURL(endpoint), !call.enforcesQuotas || endpoint.lowercased().hasPrefix("https://") else {
      throw Fault.invalidParameter("InvocationEndpoint", "Endpoint '\(endpoint)' is not valid")
    }
  }
}

extension TextPattern {
  static let connectionARN = TextPattern(
    #"^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:connection\/[\.\-_A-Za-z0-9]+\/[\-A-Za-z0-9]+$"#
  ) { text in
    guard let arn = ARN(text), arn.service == "events", arn.resourceType == "connection" else { return false }
    let parts = arn.resourceName.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    return parts.count == 2 && parts.allSatisfy { TextPattern.resourceName.accepts($0) }
  }
}

extension Call where Home == EventBridge {
  /// Throws ResourceNotFoundException.
  func destination(_ name: String) throws -> ApiDestination {
    guard let destination = try get(ApiDestination.self, name) else { throw Fault.destinationNotFound(name) }
    return destination
  }

  /// ACTIVE while its connection is there and authorized.
  func state(of destination: ApiDestination) throws -> String {
    let name = ARN(destination.connectionArn)?.resourceName.split(separator: "/").first.map(String.init) ?? ""
    guard let connection = try get(Connection.self, name), connection.arn(partition).description == destination.connectionArn else {
      return "INACTIVE"
    }
    return connection.state == .authorized ? "ACTIVE" : "INACTIVE"
  }
}
