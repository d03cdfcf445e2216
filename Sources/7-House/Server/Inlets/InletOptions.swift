import FoundationEssentials

/// What a server is told about metrics and logs that come in and go out by other protocols than AWS's.
package struct InletOptions: Sendable {
  /// Where to listen for StatsD; nil: nowhere.
  package var statsD: ListenAddress?
  package var statsDNamespace = "CWAgent"
  /// Seconds between two flushes.
  package var statsDInterval = 10
  /// Where to listen as the CloudWatch agent does for the embedded metric format; nil: nowhere.
  package var emf: ListenAddress?
  /// The namespace of OpenTelemetry's metrics; nil: what their resource says.
  package var otlpNamespace: String?
  /// The store that all metrics are written to; nil: none.
  package var remoteWrite: RemoteWriteAddress?
  /// Seconds that samples are summed up over.
  package var remoteWritePeriod = 60
  /// Seconds that are waited for late samples.
  package var remoteWriteDelay = 30

  package init() {}

  /// Throws ConfigurationError naming the option that is wrong and what would be right.
  package func validate() throws {
    for (option, namespace) in [("--statsd-namespace", statsDNamespace), ("--otlp-namespace", otlpNamespace ?? "default")] {
      guard (1...255).contains(namespace.utf8.count), !namespace.hasPrefix(":"), namespace.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
        throw ConfigurationError(
          "\(option) must be a namespace of up to 255 characters that does not begin with a colon, not '\(namespace)'")
      }
    }
    guard (1...3_600).contains(statsDInterval) else {
      throw ConfigurationError("--statsd-interval must be 1 to 3600 seconds, not \(statsDInterval)")
    }
    guard
      [1, 5, 10, 20, 30].contains(remoteWritePeriod) || (remoteWritePeriod > 0 && remoteWritePeriod % 60 == 0 && remoteWritePeriod <= 3_600)
    else {
      throw ConfigurationError("--remote-write-period must be 1, 5, 10, 20, 30 or a multiple of 60 up to 3600, not \(remoteWritePeriod)")
    }
    guard (0...43_200).contains(remoteWriteDelay) else {
      throw ConfigurationError("--remote-write-delay must be 0 to 43200 seconds, not \(remoteWriteDelay)")
    }
  }
}

/// A host and a port to listen on.
package struct ListenAddress: Sendable, Hashable {
  package var host: String
  package var port: Int

  /// `127.0.0.1:8125`, `[::1]:8125`. Throws ConfigurationError naming the option.
  package init(_ text: String, option: String) throws {
    let wrong = ConfigurationError("\(option) must be host:port, like 127.0.0.1:4566 or [::1]:4566, not '\(text)'")
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port) else {
      throw wrong
    }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard !host.isEmpty else { throw wrong }
    self.host = host
    self.port = port
  }
}

/// Where metrics are written to: `http[s]://[user:password@]host[:port]/path`.
package struct RemoteWriteAddress: Sendable, Hashable {
  /// Without user and password.
  package var url: String
  /// The value of the Authorization header.
  package var authorization: String?

  /// Throws ConfigurationError naming what is wrong.
  package init(_ text: String) throws {
    guard var parsed = URLComponents(string: text), let host = parsed.host, !host.isEmpty,
      parsed.scheme == "http" || parsed.scheme == "https"
    else {
      throw ConfigurationError("--remote-write must be http://[user:password@]host[:port]/api/v1/write or https://..., not '\(text)'")
    }
    if let user = parsed.user {
      authorization = "Basic " + Data("\(user):\(parsed.password ?? "")".utf8).base64EncodedString()
    }
    (parsed.user, parsed.password) = (nil, nil)
    guard let url = parsed.string else { throw ConfigurationError("--remote-write '\(text)' is no URL") }
    self.url = url
  }
}
