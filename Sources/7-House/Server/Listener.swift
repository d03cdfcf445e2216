import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceKit
import ServiceLifecycle
import Time
import Wire

/// What the edge needs to answer requests.
package struct EdgeParts: Sendable {
  package var invoker: Invoker
  package var measurements: Measurements
  package var clock: any WallClock
  package var identifiers: Identifiers
  package var tokens: TokenSeal
  package var rootKey: RootKey
  package var version: String
  /// What answers requests in other protocols than AWS's.
  package var inlets: [any HTTPInlet]
  package var health: StoreHealth
  /// What needs mending now, each in one sentence.
  package var faults: @Sendable () -> [String]

  package init(
    invoker: Invoker, measurements: Measurements, clock: any WallClock, identifiers: Identifiers, tokens: TokenSeal, rootKey: RootKey,
    version: String, health: StoreHealth, inlets: [any HTTPInlet] = [], faults: @escaping @Sendable () -> [String] = { [] }
  ) {
    self.health = health
    self.invoker = invoker
    self.measurements = measurements
    self.clock = clock
    self.identifiers = identifiers
    self.tokens = tokens
    self.rootKey = rootKey
    self.version = version
    self.inlets = inlets
    self.faults = faults
  }
}

/// The HTTP server: accepts until told to stop, then finishes what it has begun.
package struct Listener: Service {
  /// Connections without a request are closed after this.
  private static let idle = TimeAmount.seconds(120)
  private let server: any Service

  /// - Parameter listening: called once with the port that is listened on.
  package init(
    _ configuration: ServerConfiguration, _ parts: EdgeParts, group: any EventLoopGroup, log: Logger,
    listening: @escaping @Sendable (Int) async -> Void
  ) throws {
    var directory = WireDirectory()
    for service in parts.invoker.services { directory.add(service, operations: parts.invoker.routes(of: service.id)) }
    let edge = Edge(
      invoker: parts.invoker, directory: directory,
      authentication: Authentication(
        root: parts.rootKey, account: configuration.account, region: configuration.region, required: configuration.authentication,
        invoker: parts.invoker),
      pages: Pages(
        version: parts.version, started: parts.clock.now(), clock: parts.clock, invoker: parts.invoker, measurements: parts.measurements,
        health: parts.health, jobs: JobCredentials(tokens: parts.tokens, invoker: parts.invoker, clock: parts.clock), faults: parts.faults),
      inlets: parts.inlets, clock: parts.clock, identifiers: parts.identifiers, longestBody: configuration.longestBody, log: log)
    let plain = HTTPConnections(edge: edge, idle: Self.idle)
    let connections: any ServerChildChannel = try configuration.tls.map { try TLSChannel(plain, tlsConfiguration: Self.tls($0)) } ?? plain
    // The library's own lines are of interest only when something is wrong.
    var quiet = log
    if quiet.logLevel >= .info { quiet.logLevel = .error }
    server = connections.server(
      configuration: .init(
        address: .hostname(configuration.host, port: configuration.port), serverName: "Martlet", backlog: 1_024,
        availableConnectionsDelegate: MaximumAvailableConnections(configuration.mostConnections)),
      onServerRunning: { channel in await listening(channel.localAddress?.port ?? configuration.port) }, eventLoopGroup: group,
      logger: quiet)
  }

  private static func tls(_ files: (certificate: String, key: String)) throws -> TLSConfiguration {
    do {
      let chain = try NIOSSLCertificate.fromPEMFile(files.certificate).map { NIOSSLCertificateSource.certificate($0) }
      let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
      return .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
    } catch {
      throw ConfigurationError("--tls-cert \(files.certificate) and --tls-key \(files.key) can not be used: \(error)")
    }
  }

  package func run() async throws {
    do {
      try await server.run()
    } catch let error as IOError where error.errnoCode == 98 || error.errnoCode == 48 {
      throw ConfigurationError("the address is in use: another server listens there. Stop it, or choose another with --address.")
    }
  }
}
