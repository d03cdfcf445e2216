import ArgumentParser
import House
import Logging
import Server
import ServiceKit
import ServiceLifecycle
import Store
import UnixSignals

/// Runs the server.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs the server.",
    discussion: """
      Stops on SIGTERM or Ctrl-C: requests that have begun are finished; jobs run on and are found again at the next start,
      unless --jobs stop says otherwise.
      """)

  @OptionGroup var options: ServerOptions

  func run() async throws {
    let configuration: ServerConfiguration
    do { configuration = try await options.resolved() } catch let error as ConfigurationError {
      throw ValidationError(error.description)
    }
    LoggingSystem.bootstrap { label in
      if configuration.logsJSON { return JSONLogHandler(logLevel: configuration.logLevel) }
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = configuration.logLevel
      return handler
    }
    let log = Logger(label: "martlet")
    do {
      let house = try await House.open(configuration, log: log) { port in
        var shown = configuration
        shown.port = port
        log.info(
          "Martlet \(House.version) is ready",
          metadata: [
            "endpoint": "\(shown.endpoint)", "region": "\(configuration.region)", "account": "\(configuration.account)",
            "data": "\(configuration.data)", "auth": "\(configuration.authentication ? "on" : "off")",
          ])
      }
      let group = ServiceGroup(
        configuration: .init(
          services: [.init(service: house, successTerminationBehavior: .gracefullyShutdownGroup)],
          gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.quiet(log)))
      try await group.run()
      log.info("Martlet has stopped")
    } catch let error as ConfigurationError {
      log.critical("\(error)")
      throw ExitCode(78)
    } catch let fault as StoreFault {
      log.critical("\(Self.sentence(fault, configuration))")
      throw ExitCode(74)
    }
  }

  /// The lifecycle library's own lines are of interest only when something is wrong.
  private static func quiet(_ log: Logger) -> Logger {
    var quiet = log
    if quiet.logLevel >= .info { quiet.logLevel = .error }
    return quiet
  }

  private static func sentence(_ fault: StoreFault, _ configuration: ServerConfiguration) -> String {
    switch fault {
    case .locked(let reason): "The data directory \(configuration.data) is in use by another server: \(reason)"
    case .damaged(let reason): "The data directory \(configuration.data) can not be opened: \(reason)"
    case .diskFull: "The disk of the data directory \(configuration.data) is full."
    default: "The data directory \(configuration.data) can not be opened: \(fault)"
    }
  }
}
