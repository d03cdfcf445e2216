import JSON
import ServiceKit
import Store
import Time

/// How API destinations authorize themselves with an endpoint.
struct Connection: Resource {
  static let kind = "events.connection"
  enum State: String, Codable, Sendable {
    case authorizing = "AUTHORIZING"
    case authorized = "AUTHORIZED"
    case deauthorized = "DEAUTHORIZED"
  }
  var name: String
  var id: String
  var description: String?
  var authorizationType: String
  var state: State
  var stateReason: String?
  var kmsKeyIdentifier: String?
  /// The parameters without what is secret.
  var shown: ConnectionParameters?
  /// All parameters, encrypted; nil once deauthorized.
  var sealed: Blob?
  /// Grows with each change of the parameters, so that no token of old ones is used.
  var version: Int
  var created: Timestamp
  var modified: Timestamp
  var authorized: Timestamp?
  var key: String { name }

  var isOAuth: Bool { authorizationType == "OAUTH_CLIENT_CREDENTIALS" }
  /// What the secrets are encrypted for.
  private var scope: String { "events.connection/\(id)" }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "events", region: partition.region, account: partition.account, resource: "connection/\(name)/\(id)")
  }

  /// As AWS names the secret that it keeps for the connection.
  func secretARN(_ partition: Partition) -> String {
    "arn:aws:secretsmanager:\(partition.region):\(partition.account):secret:events!connection/\(name)/\(id)-\(id.suffix(6))"
  }

  mutating func set(_ parameters: ConnectionParameters, _ seal: TokenSeal, now: Timestamp) throws {
    shown = parameters.shown
    sealed = try seal.encrypt(try JSONValue(encoding: parameters).bytes, for: scope)
    version += 1
    state = isOAuth ? .authorizing : .authorized
    stateReason = nil
    authorized = now
    modified = now
  }

  /// The parameters with their secrets. Throws a fault for a connection that has none any more.
  func parameters(_ seal: TokenSeal) throws -> ConnectionParameters {
    guard let sealed else { throw Fault("ConnectionFault", "The connection \(name) is deauthorized.", status: 503) }
    return try JSONValue(parsing: seal.decrypt(sealed, for: scope)).decode(ConnectionParameters.self)
  }
}

extension Connection {
  /// Throws the sentences for parameters that are missing, or too long or of wrong characters, without telling secrets.
  static func check(_ parameters: ConnectionParameters, of type: String) throws {
    if parameters.connectivityParameters != nil { throw Self.noPrivateNetworks }
    func secret(_ text: String?, _ place: String) throws {
      guard let text else { throw Fault.secretBreaks("Member must not be null", at: place) }
      guard (1...512).contains(text.utf16.count) else { throw Fault.secretBreaks("Member must have length between 1 and 512", at: place) }
      guard TextPattern.authHeader.accepts(text) else {
        throw Fault.secretBreaks("Member must satisfy regular expression pattern: \(TextPattern.authHeader.expression)", at: place)
      }
    }
    // What is given is checked, also where the type has no use for it.
    if let text = parameters.apiKeyAuthParameters?.apiKeyValue { try secret(text, "authParameters.apiKeyAuthParameters.apiKeyValue") }
    if let text = parameters.oAuthParameters?.clientParameters?.clientSecret {
      try secret(text, "authParameters.oAuthParameters.clientParameters.clientSecret")
    }
    if let text = parameters.basicAuthParameters?.password { try secret(text, "authParameters.basicAuthParameters.password") }
    switch type {
    case "BASIC":
      try secret(parameters.basicAuthParameters?.username, "authParameters.basicAuthParameters.username")
      try secret(parameters.basicAuthParameters?.password, "authParameters.basicAuthParameters.password")
    case "API_KEY":
      try secret(parameters.apiKeyAuthParameters?.apiKeyName, "authParameters.apiKeyAuthParameters.apiKeyName")
      guard HttpCall.isHeaderName(parameters.apiKeyAuthParameters?.apiKeyName ?? "") else {
        throw Fault.invalidParameter("ApiKeyName", "It must be the name of an HTTP header.")
      }
      try secret(parameters.apiKeyAuthParameters?.apiKeyValue, "authParameters.apiKeyAuthParameters.apiKeyValue")
    default:
      let place = "authParameters.oAuthParameters"
      try secret(parameters.oAuthParameters?.clientParameters?.clientID, "\(place).clientParameters.clientID")
      try secret(parameters.oAuthParameters?.clientParameters?.clientSecret, "\(place).clientParameters.clientSecret")
      guard let endpoint = parameters.oAuthParameters?.authorizationEndpoint else {
        throw Fault.secretBreaks("Member must not be null", at: "\(place).authorizationEndpoint")
      }
      guard HttpCall.isURL(endpoint) else { throw Fault.invalidParameter("AuthorizationEndpoint", "It must be an http or https URL.") }
      guard parameters.oAuthParameters?.httpMethod != nil else {
        throw Fault.secretBreaks("Member must not be null", at: "\(place).httpMethod")
      }
      try check(parameters.oAuthParameters?.oAuthHttpParameters, "\(place).oAuthHttpParameters")
    }
    try check(parameters.invocationHttpParameters, "authParameters.invocationHttpParameters")
  }

  private static func check(_ http: ConnectionParameters.Http?, _ place: String) throws {
    for (position, header) in (http?.headerParameters ?? []).enumerated() {
      let at = "\(place).headerParameters.\(position + 1).member"
      guard HttpCall.isHeaderName(header.key ?? "") else {
        throw Fault.secretBreaks("Member must satisfy regular expression pattern: ^[!#$%&'*+-.^_`|~0-9a-zA-Z]+$", at: "\(at).key")
      }
      guard HttpCall.isHeaderValue(header.value ?? ""), (header.value ?? "").utf16.count <= 512 else {
        throw Fault.secretBreaks(
          #"Member must satisfy regular expression pattern: ^[ \t]*[\x20-\x7E]+([ \t]+[\x20-\x7E]+)*[ \t]*$"#, at: "\(at).value")
      }
    }
    for (position, query) in (http?.queryStringParameters ?? []).enumerated() {
      let at = "\(place).queryStringParameters.\(position + 1).member"
      let (key, value) = (query.key ?? "", query.value ?? "")
      if value.utf16.count > 512 { throw Fault.secretBreaks("Member must have length less than or equal to 512", at: "\(at).value") }
      if key.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
        throw Fault.secretBreaks(#"Member must satisfy regular expression pattern: [^\x00-\x1F\x7F]+"#, at: "\(at).key")
      }
      if value.unicodeScalars.contains(where: { ($0.value < 32 && $0 != "\n" && $0 != "\r") || $0.value == 127 }) {
        throw Fault.secretBreaks(
          #"Member must satisfy regular expression pattern: [^\x00-\x09\x0B\x0C\x0E-\x1F\x7F]+"#, at: "\(at).value")
      }
    }
  }

  static let noPrivateNetworks = Fault.validation("Connections to private networks (ConnectivityParameters) are not served by Martlet.")
}

extension Call where Home == EventBridge {
  /// Throws ResourceNotFoundException.
  func connection(_ name: String) throws -> Connection {
    guard let connection = try get(Connection.self, name) else { throw Fault.connectionNotFound(name) }
    return connection
  }

  /// The connection that an ARN of the caller's account and region names. Throws ResourceNotFoundException.
  func connection(arn text: String) throws -> Connection {
    guard let arn = ARN(text), arn.region == caller.region, arn.account == caller.account else {
      throw Fault.validation("Invalid ARN: '\(text)'")
    }
    let name = arn.resourceName.split(separator: "/").first.map(String.init) ?? text
    guard let connection = try get(Connection.self, name), connection.arn(partition).description == text else {
      throw Fault.connectionNotFound(name)
    }
    return connection
  }

  /// Stores the connection; one that has to fetch a token does so soon.
  func keep(_ connection: Connection) throws {
    try put(connection)
    guard connection.state == .authorizing else { return }
    try schedule(
      AuthorizeConnection.Request(name: connection.name, version: connection.version), for: AuthorizeConnection.queue,
      key: connection.id)
  }
}
