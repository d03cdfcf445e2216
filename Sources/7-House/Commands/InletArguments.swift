import ArgumentParser
import Server

/// Metrics and logs that come in and go out by other protocols than AWS's. OTLP needs no option: its address is ENDPOINT/_martlet/otlp.
struct InletArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Listen for StatsD by UDP, as the CloudWatch agent does at 127.0.0.1:8125. It has no authentication: keep it on a loopback address.",
      valueName: "host:port"))
  var statsd: String?

  @Option(help: "The namespace of StatsD's metrics (default: CWAgent).")
  var statsdNamespace: String?

  @Option(help: ArgumentHelp("Between two flushes of StatsD's metrics (default: 10).", valueName: "seconds"))
  var statsdInterval: String?

  @Option(
    help: ArgumentHelp(
      "Listen by TCP and UDP for documents of the embedded metric format, as the CloudWatch agent does at 127.0.0.1:25888. It has no authentication: keep it on a loopback address.",
      valueName: "host:port"))
  var emf: String?

  @Option(help: "The namespace of OpenTelemetry's metrics (default: service.namespace/service.name of their resource).")
  var otlpNamespace: String?

  @Option(
    help: ArgumentHelp(
      "Write all metrics to a store that speaks Prometheus's remote write: http://[user:password@]host:port/api/v1/write.", valueName: "url"
    ))
  var remoteWrite: String?

  @Option(help: ArgumentHelp("What samples are summed up over before they are written there (default: 60).", valueName: "seconds"))
  var remoteWritePeriod: String?

  @Option(
    help: ArgumentHelp(
      "How long to wait for late samples of a period before it is written there; what comes later is not (default: 30).",
      valueName: "seconds"))
  var remoteWriteDelay: String?

  func resolved(_ settings: Settings) throws -> InletOptions {
    var options = InletOptions()
    options.statsD = try settings.text("statsd", statsd).map { try ListenAddress($0, option: "--statsd") }
    options.statsDNamespace = settings.text("statsd-namespace", statsdNamespace) ?? options.statsDNamespace
    options.statsDInterval = try number("statsd-interval", statsdInterval, settings) ?? options.statsDInterval
    options.emf = try settings.text("emf", emf).map { try ListenAddress($0, option: "--emf") }
    options.otlpNamespace = settings.text("otlp-namespace", otlpNamespace)
    options.remoteWrite = try settings.text("remote-write", remoteWrite).map { try RemoteWriteAddress($0) }
    options.remoteWritePeriod = try number("remote-write-period", remoteWritePeriod, settings) ?? options.remoteWritePeriod
    options.remoteWriteDelay = try number("remote-write-delay", remoteWriteDelay, settings) ?? options.remoteWriteDelay
    return options
  }

  private func number(_ name: String, _ option: String?, _ settings: Settings) throws -> Int? {
    try settings.text(name, option).map { text in
      guard let number = Int(text) else { throw ConfigurationError("--\(name) must be a whole number, not '\(text)'") }
      return number
    }
  }
}
