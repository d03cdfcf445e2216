import JSON

/// A request as the protocols see it, of whatever server it came through.
package struct WireRequest: Sendable {
  package var method: String
  /// As it came, still percent-encoded.
  package var path: String
  /// What stands after the question mark, as it came; empty without.
  package var query: String
  /// Names in lower case.
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]

  package init(method: String, path: String, query: String = "", headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }

  package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  /// Whether its parameters are in its body.
  package var isForm: Bool { header("content-type")?.hasPrefix("application/x-www-form-urlencoded") ?? false }
}

package struct WireResponse: Sendable {
  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  /// Sent in place of the body, message by message, until it ends or the caller goes away.
  package var stream: AsyncStream<EventStreamMessage>?

  package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// An error answer in the terms of the protocols.
package struct WireFault: Error, Sendable {
  package var code: String
  package var message: String
  package var status: Int
  package var fields: JSONObject
  /// The code of the query protocol where it differs.
  package var queryCode: String?

  package init(_ code: String, _ message: String, status: Int = 400, fields: JSONObject = JSONObject(), queryCode: String? = nil) {
    self.code = code
    self.message = message
    self.status = status
    self.fields = fields
    self.queryCode = queryCode
  }

  static func serialization(_ message: String) -> WireFault { WireFault("SerializationException", message) }
}
