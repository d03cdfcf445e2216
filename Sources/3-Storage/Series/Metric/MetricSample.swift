import Time

/// A measurement to be stored, or several of one instant.
package struct MetricSample: Sendable {
  package enum Data: Sendable {
    case value(Double)
    /// Values and how often each was seen.
    case values([(Double, Double)])
    case statisticSet(count: Double, sum: Double, min: Double, max: Double)
  }
  package var key: MetricKey
  package var at: Timestamp
  package var unit: String?
  package var data: Data
  /// Seconds: 1 for high resolution, everything else is a minute.
  package var resolution: Int

  package init(key: MetricKey, at: Timestamp, unit: String?, data: Data, resolution: Int = 60) {
    self.key = key
    self.at = at
    self.unit = unit
    self.data = data
    self.resolution = resolution
  }
}

/// A series that exists.
package struct SeriesInfo: Sendable {
  package let key: MetricKey
  /// The unit seen last.
  package let unit: String?
  /// The instants of the earliest and the latest sample.
  package let first: Timestamp
  package let last: Timestamp
}
