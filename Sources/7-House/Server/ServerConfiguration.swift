import FoundationEssentials
import Logging
import ServiceKit

/// Everything a server is told at its start.
package struct ServerConfiguration: Sendable {
  /// The folder that holds everything it keeps. Made where absent.
  package var data: String
  package var host: String
  package var port: Int
  package var region: String
  /// Twelve digits.
  package var account: String
  package var limits: LimitProfile
  /// Whether requests must be signed. Only a loopback address may go without.
  package var authentication: Bool
  /// Paths of a PEM certificate chain and its private key; both or neither.
  package var tls: (certificate: String, key: String)?
  /// The mail server that e-mail subscriptions go through; nil: no mail leaves.
  package var mail: MailConfiguration?
  /// How finely metrics are kept, by their age: "1s:3h,1m:15d"; nil: as AWS does.
  package var metricRetention: String?
  /// Whether running jobs are ended when the server stops. They otherwise go on and are found again.
  package var stopsJobs: Bool
  /// The longest request body, in bytes.
  package var longestBody: Int
  package var mostConnections: Int
  package var logLevel: Logger.Level
  /// Whether the log is JSON, an object a line, instead of text.
  package var logsJSON: Bool
  /// A file with the key that log events are encrypted with on disk; nil: they are not.
  package var logEncryptionKey: String?
  /// Where the job supervisor's program is; nil: beside this program.
  package var nursery: String?
  /// What comes in and goes out by other protocols than AWS's.
  package var inlets = InletOptions()

  package init(data: String) {
    self.data = data
    host = "127.0.0.1"
    port = 4566
    region = "us-east-1"
    account = "000000000000"
    limits = .open
    authentication = true
    stopsJobs = false
    longestBody = 64 << 20
    mostConnections = 4_096
    logLevel = .info
    logsJSON = false
  }

  package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
  package var endpoint: String {
    let shown = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host.contains(":") ? "[\(host)]" : host
    return "\(tls == nil ? "http" : "https")://\(shown):\(port)"
  }

  /// Throws ConfigurationError naming the option that is wrong and what would be right.
  package func validate() throws {
    guard account.utf8.count == 12, account.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else {
      throw ConfigurationError("--account must be twelve digits, not '\(account)'")
    }
    guard (0...65_535).contains(port) else { throw ConfigurationError("the port of --address must be 0 to 65535, not \(port)") }
    guard !region.isEmpty, region.utf8.allSatisfy({ ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 }) else {
      throw ConfigurationError("--region must be a name like us-east-1, not '\(region)'")
    }
    try inlets.validate()
    if !authentication, !isLoopback {
      throw ConfigurationError("--auth off is allowed on a loopback address only, not on \(host)")
    }
  }
}

/// How mail leaves: `smtp://[user:password@]host[:port]` or `smtps://...`, and who it is from.
package struct MailConfiguration: Sendable, Equatable {
  package var host: String
  package var port: Int
  /// TLS from the first byte (`smtps`).
  package var implicitTLS: Bool
  /// TLS as soon as the server offers it.
  package var startTLS: Bool
  package var user: String?
  package var password: String?
  package var sender: String

  /// Throws ConfigurationError naming what is wrong with the address.
  package init(_ url: String, sender: String?) throws {
    let wrong = ConfigurationError("--smtp must be smtp://[user:password@]host[:port] or smtps://..., not '\(url)'")
    guard let parsed = URLComponents(string: url), let host = parsed.host, !host.isEmpty, let scheme = parsed.scheme,
      scheme == "smtp" || scheme == "smtps"
    else { throw wrong }
    self.host = host
    implicitTLS = scheme == "smtps"
    startTLS = scheme == "smtp"
    port = parsed.port ?? (implicitTLS ? 465 : 25)
    user = parsed.user
    password = parsed.password
    self.sender = sender ?? "martlet@\(host)"
  }
}

/// What is wrong with the configuration, in one sentence for the person who wrote it.
package struct ConfigurationError: Error, CustomStringConvertible {
  package var description: String
  package init(_ description: String) { self.description = description }
}
