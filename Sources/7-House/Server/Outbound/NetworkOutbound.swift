import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceKit
import Time

/// Sends over the network: HTTP through AsyncHTTPClient, mail through the configured SMTP server.
package final class NetworkOutbound: Outbound {
  /// The most that is read of an answer's body.
  static let longestAnswer = 1 << 20
  private let client: HTTPClient
  private let mail: SMTPClient?

  package init(group: any EventLoopGroup, mail: MailConfiguration?) {
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.connectionPool.idleTimeout = .seconds(30)
    // As many as deliveries to one target run at once: none waits for a connection while its time runs out.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
    client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    self.mail = mail.map { SMTPClient(group: group, configuration: $0) }
  }

  package func close() async throws { try await client.shutdown() }

  package func send(_ request: OutboundRequest) async throws -> OutboundResponse {
    var outgoing = HTTPClientRequest(url: request.url)
    outgoing.method = .init(rawValue: request.method)
    for (name, value) in request.headers { outgoing.headers.add(name: name, value: value) }
    outgoing.body = .bytes(ByteBuffer(bytes: request.body))
    do {
      let answer = try await client.execute(outgoing, timeout: .nanoseconds(request.timeout.microseconds * 1_000))
      var body: [UInt8] = []
      for try await part in answer.body {
        body.append(contentsOf: part.readableBytesView.prefix(Self.longestAnswer - body.count))
        if body.count >= Self.longestAnswer { break }
      }
      return OutboundResponse(
        status: Int(answer.status.code), headers: answer.headers.map { (name: $0.name, value: $0.value) }, body: body)
    } catch let error as CancellationError {
      throw error
    } catch let error as HTTPClientError {
      throw OutboundError(
        "\(request.method) \(request.url) failed: \(error.shortDescription)", mayPass: error != .invalidURL && error != .emptyHost)
    } catch {
      throw OutboundError("\(request.method) \(request.url) failed: \(error)")
    }
  }

  package func send(_ message: MailMessage) async throws {
    guard let mail else {
      throw OutboundError("No mail server is configured: start the server with --smtp smtp://HOST:PORT.", mayPass: true)
    }
    try await mail.send(message)
  }
}
