import FoundationEssentials
import NIOCore
import NIOPosix
import NIOSSL
import ServiceKit

/// Hands one message at a time to an SMTP server. Source: RFC 5321; RFC 3207 (STARTTLS); RFC 4954 (AUTH PLAIN); RFC 2047 (encoded subject).
struct SMTPClient: Sendable {
  private static let patience = TimeAmount.seconds(30)
  let group: any EventLoopGroup
  let configuration: MailConfiguration

  /// Throws OutboundError with the server's own words; a 5xx answer will not pass on another try.
  func send(_ message: MailMessage) async throws {
    var message = message
    if message.from.isEmpty { message.from = configuration.sender }
    let sent = message
    let channel = try await connect()
    do {
      try await channel.executeThenClose { inbound, outbound in
        var session = SMTPSession(replies: inbound.makeAsyncIterator(), outbound: outbound, channel: channel.channel)
        let timeout = channel.channel.eventLoop.scheduleTask(in: Self.patience) { channel.channel.close(promise: nil) }
        defer { timeout.cancel() }
        try await session.run(sent, configuration)
      }
    } catch let error as OutboundError {
      throw error
    } catch let error as CancellationError {
      throw error
    } catch {
      throw OutboundError("The mail server \(configuration.host):\(configuration.port) could not be spoken to: \(error)")
    }
  }

  private func connect() async throws -> NIOAsyncChannel<String, ByteBuffer> {
    do {
      return try await ClientBootstrap(group: group)
        .connectTimeout(.seconds(10))
        .connect(host: configuration.host, port: configuration.port) { channel in
          channel.eventLoop.makeCompletedFuture {
            if configuration.implicitTLS {
              try channel.pipeline.syncOperations.addHandler(try Self.tls(configuration.host))
            }
            try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(SMTPLineDecoder()), name: "lines")
            return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
          }
        }
    } catch {
      throw OutboundError("The mail server \(configuration.host):\(configuration.port) does not answer: \(error)")
    }
  }

  static func tls(_ host: String) throws -> NIOSSLClientHandler {
    let context = try NIOSSLContext(configuration: .makeClientConfiguration())
    // A host given as an address has no name to be checked against.
    let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
    return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
  }
}

/// The lines of an SMTP server, without their ends. A line over 4 KiB ends the connection.
private struct SMTPLineDecoder: ByteToMessageDecoder {
  typealias InboundOut = String

  mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
    guard let end = buffer.readableBytesView.firstIndex(of: 10) else {
      if buffer.readableBytes > 4_096 { throw OutboundError("The mail server sends lines that are too long.", mayPass: false) }
      return .needMoreData
    }
    var line = buffer.readString(length: end - buffer.readerIndex + 1) ?? ""
    while line.last?.isNewline == true { line.removeLast() }
    context.fireChannelRead(wrapInboundOut(line))
    return .continue
  }
}

private struct SMTPSession {
  var replies: NIOAsyncChannelInboundStream<String>.AsyncIterator
  let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  let channel: any Channel

  mutating func run(_ message: MailMessage, _ configuration: MailConfiguration) async throws {
    try await expect(220, after: "connecting")
    var offers = try await command("EHLO martlet", 250)
    if !configuration.implicitTLS, offers.contains(where: { $0.uppercased().hasPrefix("STARTTLS") }), configuration.startTLS {
      try await command("STARTTLS", 220)
      let host = configuration.host
      try await channel.eventLoop.submit { [channel] in
        try channel.pipeline.syncOperations.addHandler(try SMTPClient.tls(host), position: .first)
      }.get()
      offers = try await command("EHLO martlet", 250)
    }
    if let user = configuration.user {
      let secret = "\0\(user)\0\(configuration.password ?? "")"
      try await command("AUTH PLAIN \(Data(secret.utf8).base64EncodedString())", 235)
    }
    try await command("MAIL FROM:<\(Self.address(message.from))>", 250)
    try await command("RCPT TO:<\(Self.address(message.to))>", 250)
    try await command("DATA", 354)
    try await outbound.write(ByteBuffer(string: Self.content(message)))
    try await expect(250, after: "the message")
    try await outbound.write(ByteBuffer(string: "QUIT\r\n"))
  }

  @discardableResult
  private mutating func command(_ line: String, _ code: Int) async throws -> [String] {
    try await outbound.write(ByteBuffer(string: line + "\r\n"))
    return try await expect(code, after: line.hasPrefix("AUTH") ? "AUTH" : line)
  }

  /// Reads one reply, of several lines maybe, and answers its texts.
  @discardableResult
  private mutating func expect(_ code: Int, after what: String) async throws -> [String] {
    var texts: [String] = []
    while let line = try await replies.next() {
      texts.append(String(line.dropFirst(4)))
      if texts.count > 100 { break }
      if line.dropFirst(3).first == "-" { continue }
      guard let answered = Int(line.prefix(3)) else { break }
      if answered == code { return texts }
      throw OutboundError("The mail server answered '\(line)' to \(what).", mayPass: answered < 500)
    }
    throw OutboundError("The mail server closed the connection after \(what).")
  }

  /// Without line ends and angle brackets, so that an address can not smuggle commands.
  private static func address(_ text: String) -> String { text.filter { !$0.isNewline && $0 != "<" && $0 != ">" } }

  private static func content(_ message: MailMessage) -> String {
    let subject = Data(message.subject.utf8).base64EncodedString()
    var text = "From: \(address(message.from))\r\nTo: \(address(message.to))\r\nSubject: =?UTF-8?B?\(subject)?=\r\n"
    text += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    // Base64 in lines of 76 holds every text, and no line of it can begin with a dot.
    let body = Array(Data(message.text.utf8).base64EncodedString())
    for start in stride(from: 0, to: body.count, by: 76) {
      text += String(body[start..<min(start + 76, body.count)]) + "\r\n"
    }
    return text + "\r\n.\r\n"
  }
}
