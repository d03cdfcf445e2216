import JSON
import ServiceKit
import Time

extension EventBridge {
  /// The access token of an OAuth connection.
  func token(_ connection: Connection, _ parameters: ConnectionParameters) async throws(Fault) -> AccessToken {
    guard let oauth = parameters.oAuthParameters else {
      throw Fault("ConnectionFault", "The connection \(connection.name) has no OAuth parameters.")
    }
    return try await tokens.token(Self.tokenKey(connection), now: context.clock.now()) { [self] in await fetch(oauth) }
  }

  static func tokenKey(_ connection: Connection) -> String { "\(connection.id)/\(connection.version)" }

  /// Asks the authorization endpoint: the client credentials grant of RFC 6749, section 4.4, with client id and secret in the form.
  ///
  /// A connection whose own header parameters say that the body is JSON gets JSON.
  private func fetch(_ oauth: ConnectionParameters.OAuth) async -> Result<AccessToken, Fault> {
    let endpoint = oauth.authorizationEndpoint ?? ""
    do {
      let answer = try await context.outbound.send(Self.tokenRequest(oauth))
      guard (200..<300).contains(answer.status) else {
        let mayPass = answer.status >= 500 || answer.status == 429
        return .failure(
          Fault(
            "AUTHORIZATION_FAILED", "The authorization endpoint \(endpoint) answered HTTP \(answer.status).", status: mayPass ? 503 : 400))
      }
      guard let document = try? JSONValue(parsing: answer.body), let token = document["access_token"]?.string, !token.isEmpty,
        HttpCall.isHeaderValue(token)
      else { return .failure(Fault("AUTHORIZATION_FAILED", "The authorization endpoint \(endpoint) answered no access_token.")) }
      let seconds = document["expires_in"]?.double ?? document["expires_in"]?.string.flatMap { Double($0) }
      let life = seconds.map { Duration.seconds(Int64(min(max($0, 0), 31_536_000))) }
      return .success(AccessToken(header: "Bearer \(token)", expires: life.map { context.clock.now() + $0 }))
    } catch let error as OutboundError {
      return .failure(
        Fault("AUTHORIZATION_FAILED", "The authorization endpoint \(endpoint) did not answer.", status: error.mayPass ? 503 : 400))
    } catch {
      return .failure(.unavailable("The server is stopping."))
    }
  }

  static func tokenRequest(_ oauth: ConnectionParameters.OAuth) -> OutboundRequest {
    var call = HttpCall(method: oauth.httpMethod ?? "POST", url: oauth.authorizationEndpoint ?? "", body: "")
    var http = oauth.oAuthHttpParameters
    var fields = (http?.bodyParameters ?? []).map { (name: $0.key ?? "", value: $0.value ?? "") }
    http?.bodyParameters = nil
    call.add(http)
    func add(_ name: String, _ value: String?) {
      if let value, !fields.contains(where: { $0.name == name }) { fields.append((name, value)) }
    }
    add("grant_type", call.query.contains { $0.name == "grant_type" } ? nil : "client_credentials")
    add("client_id", oauth.clientParameters?.clientID)
    add("client_secret", oauth.clientParameters?.clientSecret)
    let type = call.headers.first { $0.name.lowercased() == "content-type" }?.value
    if call.method == "GET" {
      for field in fields { call.set(query: field.name, field.value) }
    } else if type?.lowercased().contains("json") == true {
      var object = JSONObject()
      for field in fields { object[field.name] = .string(field.value) }
      call.body = JSONValue.object(object).text
    } else {
      if type == nil { call.set(header: "Content-Type", "application/x-www-form-urlencoded") }
      call.body = fields.map { "\(HttpCall.encoded($0.name))=\(HttpCall.encoded($0.value))" }.joined(separator: "&")
    }
    return call.request(agent: "Amazon/EventBridge/ApiDestinations", timeout: .seconds(5))
  }
}
