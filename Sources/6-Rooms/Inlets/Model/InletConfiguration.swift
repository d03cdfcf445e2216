import Time

/// What the inlets are told at the start of the server.
package struct InletConfiguration: Sendable {
  /// Whether somebody listens for StatsD.
  package var listensForStatsD = false
  /// The namespace of metrics that come by StatsD.
  package var statsDNamespace = "CWAgent"
  /// Between two flushes of StatsD's counters, gauges and timers.
  package var statsDInterval = Duration.seconds(10)
  /// The namespace of metrics that come by OTLP; nil: their resource says.
  package var otlpNamespace: String?
  /// Where all metrics are written to; nil: nowhere.
  package var remoteWrite: RemoteWriteTarget?

  package init() {}
}

/// A store that speaks Prometheus's remote write.
package struct RemoteWriteTarget: Sendable, Hashable {
  /// Without user and password.
  package var url: String
  /// The value of the Authorization header.
  package var authorization: String?
  /// Seconds that samples are summed up over.
  package var period: Int
  /// Seconds after a period's end for samples that come late.
  package var delay: Int

  package init(url: String, authorization: String? = nil, period: Int = 60, delay: Int = 30) {
    self.url = url
    self.authorization = authorization
    self.period = period
    self.delay = delay
  }
}
