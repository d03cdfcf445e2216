import JSON
import Logging
import ServiceKit
import Store
import Time

extension EventBridge {
  static let agent = "Amazon/EventBridge/ApiDestinations"

  /// Sends a request under a connection: adds what the connection adds, and the authorization. A token that the endpoint refuses is fetched
  /// again, once, and the request sent again with the new one. Answers whatever status comes.
  ///
  /// Throws a Fault when no answer came, or the connection can not be authorized.
  func send(_ call: HttpCall, _ connection: Connection, timeout: Duration, in partition: Partition) async throws -> OutboundResponse {
    let parameters = try connection.parameters(context.tokens)
    var call = call
    call.add(parameters.invocationHttpParameters)
    switch connection.authorizationType {
    case "BASIC":
      let basic = parameters.basicAuthParameters
      call.set(header: "Authorization", "Basic \(HttpCall.base64("\(basic?.username ?? ""):\(basic?.password ?? "")"))")
    case "API_KEY":
      call.set(header: parameters.apiKeyAuthParameters?.apiKeyName ?? "", parameters.apiKeyAuthParameters?.apiKeyValue ?? "")
    default:
      let token = try await authorized(connection, parameters, in: partition)
      call.set(header: "Authorization", token.header)
      let answer = try await exchange(call, timeout)
      guard answer.status == 401 || answer.status == 407 else { return answer }
      tokens.forget(Self.tokenKey(connection), token)
      call.set(header: "Authorization", try await authorized(connection, parameters, in: partition).header)
    }
    return try await exchange(call, timeout)
  }

  /// A token of the connection; a connection that is refused one is deauthorized.
  private func authorized(_ connection: Connection, _ parameters: ConnectionParameters, in partition: Partition) async throws -> AccessToken
  {
    do throws(Fault) { return try await token(connection, parameters) } catch {
      if !error.mayPass {
        let reason = error.message
        let service = CallContext(
          caller: .service(Self.identity.principal, in: partition), requestID: context.identifiers.uuid(), now: context.clock.now())
        try await context.store.write { transaction in
          try Call(room: self, context: service, transaction: transaction).settle(connection, reason)
        }
      }
      // Whoever mends the connection within the event's time gets it delivered.
      throw Fault(error.code, error.message, status: 503)
    }
  }

  private func exchange(_ call: HttpCall, _ timeout: Duration) async throws -> OutboundResponse {
    let request = call.request(agent: Self.agent, timeout: timeout)
    do { return try await context.outbound.send(request) } catch let error as OutboundError {
      // The URL with its query may hold secrets.
      let reason = error.reason.replacing(request.url, with: call.url)
      throw Fault("CONNECTION_FAILURE", reason, status: error.mayPass ? 503 : 400)
    }
  }

  /// The fault for an answer that is no success: to be tried again or not, and not before the endpoint wants it.
  ///
  /// Source: EventBridge User Guide, "API destination error codes".
  static func fault(_ answer: OutboundResponse, now: Timestamp) -> Fault? {
    guard !(200..<300).contains(answer.status) else { return nil }
    var fields: JSONObject = ["StatusCode": .int(Int64(answer.status))]
    var mayPass = answer.status >= 500 || [401, 407, 409, 429].contains(answer.status)
    if let text = answer.headers.first(where: { $0.name.lowercased() == "retry-after" })?.value, let pause = RetryAfter.seconds(text, now) {
      if pause < 0 { mayPass = false } else { fields["RetryAfterSeconds"] = .double(pause) }
    }
    return Fault(
      "ERROR_FROM_TARGET", "The API destination answered HTTP \(answer.status).", status: mayPass ? 503 : 400, fields: fields)
  }
}

/// The header Retry-After. Source: RFC 9110, section 10.2.3.
enum RetryAfter {
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// Seconds from now, negative too; nil for a value that is none.
  static func seconds(_ text: String, _ now: Timestamp) -> Double? {
    let text = text.split(separator: " ").joined(separator: " ")
    if let seconds = Int64(text) { return Double(min(seconds, 86_400)) }
    // Sun, 06 Nov 1994 08:49:37 GMT
    let parts = text.split(separator: " ")
    guard parts.count == 6, let month = months.firstIndex(of: String(parts[2])), parts[1].count == 2 else { return nil }
    let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
    guard let instant = Timestamp(iso8601: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z") else { return nil }
    return min(max(0, (instant - now).secondsAsDouble), 86_400)
  }
}
