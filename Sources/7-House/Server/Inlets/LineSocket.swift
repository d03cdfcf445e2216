import NIOCore
import NIOPosix
import Synchronization

/// Accepts connections that send lines. While lines are worked on their connection is not read.
package final class LineSocket: InletSocket {
  private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>
  private typealias Channel = NIOAsyncChannel<Connection, Never>
  private static let mostConnections = 256
  private let address: ListenAddress
  private let option: String
  private let group: MultiThreadedEventLoopGroup
  private let longest: Int
  private let receive: @Sendable ([[UInt8]]) async -> Void
  private let tooLong: @Sendable () -> Void
  /// Bound and not yet accepted from.
  private let bound: Mutex<Channel?>
  private let connections = Mutex(0)

  /// Binds. Throws ConfigurationError naming the option when the address can not be had.
  /// - Parameters:
  ///   - longest: a connection that sends a longer line is closed.
  ///   - tooLong: called for each such line.
  package init(
    _ address: ListenAddress, option: String, group: MultiThreadedEventLoopGroup, longest: Int,
    receive: @escaping @Sendable ([[UInt8]]) async -> Void, tooLong: @escaping @Sendable () -> Void
  ) async throws {
    self.address = address
    self.option = option
    self.group = group
    self.longest = longest
    self.receive = receive
    self.tooLong = tooLong
    bound = Mutex(try await Self.bind(address, option, group))
  }

  private static func bind(_ address: ListenAddress, _ option: String, _ group: MultiThreadedEventLoopGroup) async throws -> Channel {
    do {
      return try await ServerBootstrap(group: group)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .bind(host: address.host, port: address.port) { channel in
          channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
        }
    } catch {
      throw ConfigurationError("\(option) \(address.host):\(address.port) can not be listened on by TCP: \(error)")
    }
  }

  private func take() -> Channel? {
    bound.withLock { bound in
      defer { bound = nil }
      return bound
    }
  }

  package func close() async {
    // Whoever has connected meanwhile is told by the end of the connection.
    try? await take()?.executeThenClose { inbound in
      for try await connection in inbound { try? await connection.executeThenClose { _, _ in } }
    }
  }

  package func run() async throws {
    let channel: Channel
    if let ready = take() { channel = ready } else { channel = try await Self.bind(address, option, group) }
    try await withThrowingDiscardingTaskGroup { group in
      try await channel.executeThenClose { inbound in
        for try await connection in inbound { group.addTask { await self.serve(connection) } }
      }
    }
  }

  private func serve(_ connection: Connection) async {
    let isOne = connections.withLock { connections in
      guard connections < Self.mostConnections else { return false }
      connections += 1
      return true
    }
    defer { if isOne { connections.withLock { $0 -= 1 } } }
    // A connection that breaks is its sender's affair: what came whole was taken.
    try? await connection.executeThenClose { inbound, _ in
      if isOne { try await read(inbound) }
    }
  }

  private func read(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws {
    var rest: [UInt8] = []
    for try await part in inbound {
      var lines: [[UInt8]] = []
      var bytes = part.readableBytesView[...]
      while let end = bytes.firstIndex(of: 10) {
        lines.append(rest + bytes[..<end])
        rest = []
        bytes = bytes[(end + 1)...]
      }
      rest.append(contentsOf: bytes)
      if !lines.isEmpty { await receive(lines) }
      if rest.count > longest { return tooLong() }
    }
    if !rest.isEmpty { await receive([rest]) }
  }
}
