import Time

/// A request to somebody else's HTTP server.
package struct OutboundRequest: Sendable {
  package var method: String
  /// An absolute http or https URL.
  package var url: String
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  /// How long connecting, sending and the whole answer may take together.
  package var timeout: Duration

  package init(
    method: String = "POST", url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
    timeout: Duration = .seconds(15)
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
  }
}

package struct OutboundResponse: Sendable {
  package var status: Int
  package var headers: [(name: String, value: String)]
  /// At most 1 MiB; the rest is not read.
  package var body: [UInt8]

  package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

package struct MailMessage: Sendable, Equatable {
  package var from: String
  package var to: String
  package var subject: String
  package var text: String

  package init(from: String, to: String, subject: String, text: String) {
    self.from = from
    self.to = to
    self.subject = subject
    self.text = text
  }
}

/// What could not be sent, in one sentence.
package struct OutboundError: Error, CustomStringConvertible, Equatable {
  package var reason: String
  /// Whether another try may succeed: false when the other side refused for good.
  package var mayPass: Bool
  package init(_ reason: String, mayPass: Bool = true) {
    self.reason = reason
    self.mayPass = mayPass
  }
  package var description: String { reason }
}

/// The ways out of this machine. The House supplies them; tests write down what would have gone.
package protocol Outbound: Sendable {
  /// Throws OutboundError when no answer came; an answer of any status is an answer.
  func send(_ request: OutboundRequest) async throws -> OutboundResponse
  /// Hands the message to the configured mail server. Throws OutboundError, also when none is configured.
  func send(_ message: MailMessage) async throws
}
