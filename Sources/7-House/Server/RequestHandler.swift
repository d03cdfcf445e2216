import NIOCore
import NIOHTTP1
import Wire

/// Gathers the parts of a request and writes the answer. Used on the connection's event loop alone.
final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart
  private let edge: Edge
  private let idle: TimeAmount
  private let channel: any Channel
  private let call: RunningCall
  private let source: String
  private var head: HTTPRequestHead?
  private var body = ByteBuffer()
  private var isAnswering = false
  /// The request whose answer has been written and is not ended yet, because its caller does not read fast enough.
  private var waiting: HTTPRequestHead?
  private var hasInputEnded = false
  private var active = NIODeadline.now()
  private var timer: Scheduled<Void>?
  /// Whether a request is being begun, and its answer where that was there at once.
  private var isBeginning = false
  private var finished: WireResponse?
  /// Bytes of a body that the event loop itself checks the signature of and decodes.
  private static let small = 8 << 10

  init(edge: Edge, idle: TimeAmount, _ connection: HTTPConnections.Connection) {
    self.edge = edge
    self.idle = idle
    channel = connection.channel
    call = connection.call
    source = channel.remoteAddress?.ipAddress ?? "127.0.0.1"
  }

  func handlerAdded(context: ChannelHandlerContext) { watch(for: idle) }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    timer = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    active = .now()
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length > edge.longestBody { refuse(head) }
    case .body(var part):
      // Of a request that was refused the rest is read and forgotten.
      guard let head else { return }
      if body.readableBytes + part.readableBytes > edge.longestBody { return refuse(head) }
      if body.readableBytes == 0 { body = part } else { body.writeBuffer(&part) }
    case .end:
      if let head { begin(head) }
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed {
      hasInputEnded = true
      if !isAnswering { context.close(promise: nil) }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  // MARK: Answers

  /// Hands the request over; the answer is written on this event loop again.
  private func begin(_ head: HTTPRequestHead) {
    let bytes = Array(body.readableBytesView)
    forget()
    isAnswering = true
    let (edge, source, channel) = (edge, source, channel)
    let handler = NIOLoopBound(self, eventLoop: channel.eventLoop)
    // What is compressed may be large.
    let isSmall = bytes.count <= Self.small && !head.headers.contains(name: "content-encoding")
    // A request that arrived together with the one before begins within that one's answer: its own waits for the loop, or many such
    // would fill the stack.
    let isFirst = !isBeginning
    isBeginning = true
    call.begin(here: isSmall) { await Self.answer(head, bytes, source, edge, handler, channel, atOnce: isFirst) }
    guard isFirst else { return }
    if let answer = finished {
      finished = nil
      write(answer, to: head)
    }
    isBeginning = false
  }

  private static func answer(
    _ head: HTTPRequestHead, _ body: [UInt8], _ source: String, _ edge: Edge, _ handler: NIOLoopBound<RequestHandler>,
    _ channel: any Channel, atOnce: Bool
  ) async {
    let answer = await edge.answer(head, body, source: source)
    guard let stream = answer.stream else {
      if atOnce, channel.eventLoop.inEventLoop, handler.value.isBeginning { return handler.value.finished = answer }
      return channel.eventLoop.execute { handler.value.write(answer, to: head) }
    }
    // Waited for: on the event loop itself the messages would be written at once, before a head that waits for its turn.
    guard (try? await channel.eventLoop.submit { handler.value.writeHead(answer, to: head, length: nil) }.get()) != nil else { return }
    await send(stream, to: channel)
    channel.eventLoop.execute { handler.value.end(head) }
  }

  private func refuse(_ head: HTTPRequestHead) {
    forget()
    isAnswering = true
    write(edge.tooLarge(), to: head)
  }

  private func forget() {
    head = nil
    body = ByteBuffer()
  }

  private func write(_ answer: WireResponse, to head: HTTPRequestHead) {
    writeHead(answer, to: head, length: answer.body.count)
    if head.method != .HEAD, !answer.body.isEmpty { write(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))) }
    if channel.isWritable { return end(head) }
    // The next request is taken up once this answer is on its way: who asks and does not read fills no memory.
    waiting = head
    channel.flush()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if channel.isWritable, let head = waiting { end(head) }
    context.fireChannelWritabilityChanged()
  }

  private func writeHead(_ answer: WireResponse, to head: HTTPRequestHead, length: Int?) {
    var headers = HTTPHeaders()
    headers.reserveCapacity(answer.headers.count + 2)
    for (name, value) in answer.headers { headers.add(name: name, value: Self.line(value)) }
    if let length { headers.add(name: "content-length", value: String(length)) }
    if !head.isKeepAlive {
      headers.add(name: "connection", value: "close")
    } else if head.version == .http1_0 {
      headers.add(name: "connection", value: "keep-alive")
    }
    write(.head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)))
  }

  /// A value that stays in its line: control characters become blanks.
  private static func line(_ value: String) -> String {
    if value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { return value }
    return String(decoding: value.utf8.map { $0 >= 0x20 && $0 != 0x7F ? $0 : 0x20 }, as: UTF8.self)
  }

  private func write(_ part: HTTPServerResponsePart) { channel.write(part, promise: nil) }

  private func end(_ head: HTTPRequestHead) {
    isAnswering = false
    waiting = nil
    active = .now()
    guard !head.isKeepAlive || hasInputEnded else { return channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil) }
    let channel = channel
    channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in channel.close(promise: nil) }
  }

  /// The messages of a stream as they come; a write that fails, because the caller has gone, ends it.
  private static func send(_ stream: AsyncStream<EventStreamMessage>, to channel: any Channel) async {
    func write(_ message: EventStreamMessage) async -> Bool {
      do { try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: message.bytes)))) } catch {
        return false
      }
      return true
    }
    guard await write(.initialResponse) else { return }
    for await message in stream where await !write(message) { return }
  }

  // MARK: Idleness

  private func watch(for time: TimeAmount) {
    timer = channel.eventLoop.assumeIsolated().scheduleTask(in: time) { [self] in
      let rest = active + idle - .now()
      if isAnswering { return watch(for: idle) }
      if rest > .zero { watch(for: rest) } else { channel.close(promise: nil) }
    }
  }
}
