import Store
import Time

/// What of the stored metrics is wanted.
package struct MeasuredQuery: Sendable {
  /// Names; one that ends in `*` stands for all that begin so. Empty for all.
  package var namespaces: [String]
  package var names: [String]
  /// In the first period.
  package var from: Timestamp
  /// Periods that begin here or later are left out.
  package var to: Timestamp
  /// Seconds.
  package var period: Int
  /// The most series in an answer.
  package var limit: Int
  /// Where the page before ended.
  package var after: MeasuredPlace?

  package init(
    namespaces: [String] = [], names: [String] = [], from: Timestamp, to: Timestamp, period: Int, limit: Int, after: MeasuredPlace? = nil
  ) {
    self.namespaces = namespaces
    self.names = names
    self.from = from
    self.to = to
    self.period = period
    self.limit = limit
    self.after = after
  }

  package func wants(_ namespace: String, _ name: String) -> Bool {
    Self.wants(namespaces, namespace) && Self.wants(names, name)
  }

  private static func wants(_ patterns: [String], _ text: String) -> Bool {
    patterns.isEmpty || patterns.contains { $0.hasSuffix("*") ? text.hasPrefix($0.dropLast()) : text == $0 }
  }
}

/// A series' place in the order of all series of a partition.
package struct MeasuredPlace: Sendable, Hashable {
  package var namespace: String
  package var name: String
  package var dimensions: [Dimension]

  package struct Dimension: Sendable, Hashable {
    package var name: String
    package var value: String
    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(namespace: String, name: String, dimensions: [Dimension]) {
    self.namespace = namespace
    self.name = name
    self.dimensions = dimensions
  }
}

/// What was measured of one series in each period that has samples, in the order of time.
package struct MeasuredSeries: Sendable {
  package struct Point: Sendable, Hashable {
    package var start: Timestamp
    package var count: Double
    package var sum: Double
    package var min: Double
    package var max: Double

    package init(start: Timestamp, count: Double, sum: Double, min: Double, max: Double) {
      (self.start, self.count, self.sum, self.min, self.max) = (start, count, sum, min, max)
    }
  }
  package var place: MeasuredPlace
  package var unit: String?
  package var points: [Point]

  package init(place: MeasuredPlace, unit: String?, points: [Point]) {
    self.place = place
    self.unit = unit
    self.points = points
  }
}

package struct MeasuredPage: Sendable {
  package var series: [MeasuredSeries]
  /// Where the next page begins; nil on the last.
  package var next: MeasuredPlace?

  package init(series: [MeasuredSeries], next: MeasuredPlace?) {
    self.series = series
    self.next = next
  }
}

/// The room that has stored metrics, for whoever hands them on to others.
package protocol MetricSource: Sendable {
  /// Partitions that have metrics.
  func measuredPartitions() async throws -> [Partition]
  /// Series that have samples between the two instants, in the order of their places.
  func measured(_ query: MeasuredQuery, in partition: Partition) async throws -> MeasuredPage
}
