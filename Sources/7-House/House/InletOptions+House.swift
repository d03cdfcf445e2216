import Inlets
import NIOPosix
import Server
import Time

extension InletOptions {
  /// What the room is told.
  var room: InletConfiguration {
    var room = InletConfiguration()
    room.listensForStatsD = statsD != nil
    room.statsDNamespace = statsDNamespace
    room.statsDInterval = .seconds(statsDInterval)
    room.otlpNamespace = otlpNamespace
    room.remoteWrite = remoteWrite.map {
      RemoteWriteTarget(url: $0.url, authorization: $0.authorization, period: remoteWritePeriod, delay: remoteWriteDelay)
    }
    return room
  }

  /// The sockets that are to be listened on, bound. Throws ConfigurationError naming the address that can not be had.
  func sockets(for inlets: Inlets, group: MultiThreadedEventLoopGroup) async throws -> [any InletSocket] {
    var sockets: [any InletSocket] = []
    do {
      if let statsD {
        sockets.append(try await DatagramSocket(statsD, option: "--statsd", group: group) { inlets.statsD.receive($0) })
      }
      guard let emf else { return sockets }
      let datagrams = try await DatagramSocket(emf, option: "--emf", group: group) { datagram in
        await inlets.agent.receive(datagram.split(separator: 10).map { Array($0) })
      }
      sockets.append(datagrams)
      let lines = try await LineSocket(
        emf, option: "--emf", group: group, longest: AgentInlet.longest, receive: { await inlets.agent.receive($0) },
        tooLong: { inlets.agent.tooLong() })
      return sockets + [lines]
    } catch {
      for socket in sockets { await socket.close() }
      throw error
    }
  }
}
