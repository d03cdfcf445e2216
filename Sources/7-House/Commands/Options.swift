import ArgumentParser
import Configuration
import FoundationEssentials
import Logging
import Server
import ServiceKit
import SystemPackage

/// Where the data is: shared by every command.
struct DataOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The folder that holds everything the server keeps (default: martlet-data).", valueName: "folder"))
  var data: String?

  @Option(help: ArgumentHelp("A YAML file with any of these settings, named as the options are: 'data: /srv/martlet'.", valueName: "file"))
  var config: String?
}

/// What a server is told.
struct ServerOptions: ParsableArguments {
  @OptionGroup var data: DataOptions

  @Option(help: ArgumentHelp("Where to listen (default: 127.0.0.1:4566).", valueName: "host:port"))
  var address: String?

  @Option(help: "The region calls belong to when they name none (default: us-east-1).")
  var region: String?

  @Option(help: "The account, twelve digits (default: 000000000000).")
  var account: String?

  @Option(help: "open: AWS's arbitrary ceilings are lifted (default); aws: AWS's exact quotas.")
  var limits: String?

  @Option(help: "on: requests must be signed (default); off: they need not be, on a loopback address only.")
  var auth: String?

  @Option(help: ArgumentHelp("A PEM file with the certificate chain: serves HTTPS.", valueName: "file"))
  var tlsCert: String?

  @Option(help: ArgumentHelp("A PEM file with the certificate's private key.", valueName: "file"))
  var tlsKey: String?

  @Option(
    help: ArgumentHelp("The mail server of e-mail subscriptions: smtp://[user:password@]host[:port] or smtps://...", valueName: "url"))
  var smtp: String?

  @Option(help: ArgumentHelp("Who the mail is from.", valueName: "address"))
  var mailFrom: String?

  @Option(
    help: ArgumentHelp(
      "How finely metrics are kept and for how long (default: 1s:3h,1m:15d,5m:63d,1h:455d, as AWS does).", valueName: "ladder"))
  var metricRetention: String?

  @Option(help: "leave: jobs run on when the server stops and are found again (default); stop: they end with it.")
  var jobs: String?

  @OptionGroup(title: "Other protocols") var inlets: InletArguments

  @Option(
    help: ArgumentHelp(
      "A file with a key of 32 bytes, made by 'martlet logs key': log events are encrypted on disk with it.", valueName: "file"))
  var logEncryptionKey: String?

  @Option(help: "trace, debug, info (default), warning or error.")
  var logLevel: String?

  @Option(help: "text: lines for people (default); json: one object a line, for programs.")
  var logFormat: String?

  /// Options, then variables, then the file. Throws ConfigurationError naming the setting that is wrong.
  func resolved() async throws -> ServerConfiguration {
    let settings = try await Settings(file: data.config)
    var configuration = ServerConfiguration(data: settings.text("data", data.data) ?? "martlet-data")
    if let text = settings.text("address", address) {
      let address = try ListenAddress(text, option: "--address")
      (configuration.host, configuration.port) = (address.host, address.port)
    }
    configuration.region = settings.text("region", region) ?? configuration.region
    configuration.account = settings.text("account", account) ?? configuration.account
    if let limits = try settings.choice("limits", limits, LimitProfile.allCases.map(\.rawValue)) {
      configuration.limits = LimitProfile(rawValue: limits) ?? .open
    }
    configuration.authentication = try settings.choice("auth", auth, ["on", "off"]) != "off"
    configuration.stopsJobs = try settings.choice("jobs", jobs, ["leave", "stop"]) == "stop"
    let levels = Logger.Level.allCases.map(\.rawValue)
    configuration.logLevel = try settings.choice("log-level", logLevel, levels).flatMap { Logger.Level(rawValue: $0) } ?? .info
    configuration.logsJSON = try settings.choice("log-format", logFormat, ["text", "json"]) == "json"
    switch (settings.text("tls-cert", tlsCert), settings.text("tls-key", tlsKey)) {
    case (let certificate?, let key?): configuration.tls = (certificate, key)
    case (nil, nil): break
    default: throw ConfigurationError("--tls-cert and --tls-key belong together: give both or neither")
    }
    if let url = settings.text("smtp", smtp) {
      configuration.mail = try MailConfiguration(url, sender: settings.text("mail-from", mailFrom))
    }
    configuration.logEncryptionKey = settings.text("log-encryption-key", logEncryptionKey)
    configuration.metricRetention = settings.text("metric-retention", metricRetention)
    configuration.nursery = settings.text("nursery", nil)
    configuration.inlets = try inlets.resolved(settings)
    try configuration.validate()
    return configuration
  }
}

/// Environment variables named `MARTLET_...` and, behind them, a YAML file.
struct Settings {
  private let reader: ConfigReader

  /// - Parameter file: nil: the one that MARTLET_CONFIG names, or none.
  init(file: String?) async throws {
    let environment = EnvironmentVariablesProvider().prefixKeys(with: "martlet")
    guard let file = file ?? ConfigReader(provider: environment).string(forKey: "config") else {
      reader = ConfigReader(provider: environment)
      return
    }
    do {
      let yaml = try await FileProvider<YAMLSnapshot>(filePath: FilePath(file))
      reader = ConfigReader(providers: [environment, yaml])
    } catch {
      throw ConfigurationError("the configuration file \(file) can not be read: \(error)")
    }
  }

  func text(_ name: String, _ option: String?) -> String? {
    if let option { return option }
    let key = ConfigKey([name])
    // A value that YAML takes for a number or a truth value is meant as it is written.
    if let text = reader.string(forKey: key) { return text }
    if let number = reader.int(forKey: key) { return String(number) }
    return reader.bool(forKey: key).map { $0 ? "on" : "off" }
  }

  func choice(_ name: String, _ option: String?, _ values: [String]) throws -> String? {
    guard let value = text(name, option) else { return nil }
    guard values.contains(value) else {
      throw ConfigurationError("--\(name) must be \(values.joined(separator: " or ")), not '\(value)'")
    }
    return value
  }
}
