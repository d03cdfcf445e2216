import NIOCore
import NIOPosix
import ServiceKit
import Time

/// Whole HTTP requests, each signed by itself, sent over connections that stay open: each sends the next that is left once its answer has
/// come. One thread does it all and spends some microseconds on each, so that the cores are the server's.
///
/// `@unchecked Sendable`: once begun it is used on its event loop alone.
final class Load: @unchecked Sendable {
  private let requests: [ByteBuffer]
  private var next = 0
  private var left: Int
  private var durations: [Duration] = []
  private let done: EventLoopPromise<[Duration]>

  private init(_ requests: [[UInt8]], on loop: any EventLoop) {
    self.requests = requests.map { ByteBuffer(bytes: $0) }
    left = requests.count
    durations.reserveCapacity(requests.count)
    done = loop.makePromise()
  }

  /// How long each took. Throws the first answer that is no success, or the failure of a connection.
  static func run(_ requests: [[UInt8]], clients: Int, port: Int, on loop: any EventLoop) async throws -> [Duration] {
    if requests.isEmpty { return [] }
    let load = Load(requests, on: loop)
    let bootstrap = ClientBootstrap(group: loop).channelInitializer { channel in
      channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Connection(load)) }
    }
    var channels: [any Channel] = []
    for _ in 0..<clients { channels.append(try await bootstrap.connect(host: "127.0.0.1", port: port).get()) }
    let ready = channels
    loop.execute { for channel in ready { channel.pipeline.fireUserInboundEventTriggered(Begin()) } }
    let durations = try await load.done.futureResult.get()
    for channel in channels { try await channel.close() }
    return durations
  }

  private struct Begin: Sendable {}

  private func take() -> ByteBuffer? {
    guard next < requests.count else { return nil }
    defer { next += 1 }
    return requests[next]
  }

  private func took(_ duration: Duration) {
    durations.append(duration)
    left -= 1
    if left == 0 { done.succeed(durations) }
  }

  /// One client.
  private final class Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let load: Load
    private var answer = ByteBuffer()
    private var begin = ContinuousClock.now

    init(_ load: Load) { self.load = load }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) { send(context) }

    private func send(_ context: ChannelHandlerContext) {
      guard let request = load.take() else { return }
      begin = .now
      context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      var part = unwrapInboundIn(data)
      if answer.readableBytes == 0 { answer = part } else { answer.writeBuffer(&part) }
      guard let (isSuccess, end) = Self.answer(answer.readableBytesView), answer.readableBytes >= end else { return }
      guard isSuccess, answer.readableBytes == end else {
        return load.done.fail(ServerProcess.Failure(String(decoding: answer.readableBytesView, as: UTF8.self)))
      }
      answer.clear()
      load.took(ContinuousClock.now - begin)
      send(context)
    }

    func channelInactive(context: ChannelHandlerContext) { load.done.fail(ServerProcess.Failure("the server closed a connection")) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { load.done.fail(error) }

    /// Whether an answer is a success, and how many bytes it has all told; nil while its head is not all there.
    private static func answer(_ bytes: ByteBufferView) -> (isSuccess: Bool, end: Int)? {
      var length = 0
      var line = bytes.startIndex
      while let stop = bytes[line...].firstIndex(of: 10) {
        if stop - line <= 1 { return (bytes.dropFirst(9).starts(with: "200".utf8), stop + 1 - bytes.startIndex + length) }
        length = Self.length(bytes[line..<stop]) ?? length
        line = stop + 1
      }
      return nil
    }

    /// What a line of the head says of the body's length.
    private static func length(_ line: ByteBufferView) -> Int? {
      let name = "content-length:"
      guard line.count > name.utf8.count, zip(line, name.utf8).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else { return nil }
      return line.dropFirst(name.utf8.count).reduce(0) { $1 >= 48 && $1 <= 57 ? $0 * 10 + Int($1 - 48) : $0 }
    }
  }
}
