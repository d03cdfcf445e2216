import NIOCore
import NIOPosix
import Synchronization

/// A socket that somebody else's protocol comes in by.
package protocol InletSocket: Sendable {
  /// Receives until cancelled. May be called again when it failed.
  func run() async throws
  /// Closes a socket that was bound and never received from; nothing otherwise. Has to be called before a socket is let go.
  func close() async
}

/// Receives datagrams, one after the other: while one is worked on the system keeps what comes, up to its buffer, and drops the rest.
package final class DatagramSocket: InletSocket {
  private typealias Channel = NIOAsyncChannel<AddressedEnvelope<ByteBuffer>, AddressedEnvelope<ByteBuffer>>
  private static let longest = 65_536
  private static let systemBuffer = 4 << 20
  private let address: ListenAddress
  private let option: String
  private let group: MultiThreadedEventLoopGroup
  private let receive: @Sendable ([UInt8]) async -> Void
  /// Bound and not yet received from.
  private let bound: Mutex<Channel?>

  /// Binds. Throws ConfigurationError naming the option when the address can not be had.
  package init(
    _ address: ListenAddress, option: String, group: MultiThreadedEventLoopGroup, receive: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws {
    self.address = address
    self.option = option
    self.group = group
    self.receive = receive
    bound = Mutex(try await Self.bind(address, option, group))
  }

  private static func bind(_ address: ListenAddress, _ option: String, _ group: MultiThreadedEventLoopGroup) async throws -> Channel {
    do {
      return try await DatagramBootstrap(group: group)
        .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: longest))
        .channelOption(.socketOption(.so_rcvbuf), value: systemBuffer)
        .bind(host: address.host, port: address.port) { channel in
          channel.eventLoop.makeCompletedFuture { try Channel(wrappingChannelSynchronously: channel) }
        }
    } catch {
      throw ConfigurationError("\(option) \(address.host):\(address.port) can not be listened on by UDP: \(error)")
    }
  }

  private func take() -> Channel? {
    bound.withLock { bound in
      defer { bound = nil }
      return bound
    }
  }

  package func close() async {
    // Nothing was received and nothing sent: how it closes does not matter.
    try? await take()?.executeThenClose { _, _ in }
  }

  package func run() async throws {
    let channel: Channel
    if let ready = take() { channel = ready } else { channel = try await Self.bind(address, option, group) }
    try await channel.executeThenClose { inbound, _ in
      for try await envelope in inbound { await receive(Array(envelope.data.readableBytesView)) }
    }
  }
}
