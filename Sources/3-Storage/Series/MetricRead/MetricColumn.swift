import Time

/// A series of samples: a key and a unit, by number. It stays the same for as long as the engine is open; numbers are dense, later
/// series have greater ones.
package struct MetricHandle: Hashable, Comparable, Sendable {
  package let number: UInt32
  package init(number: UInt32) { self.number = number }
  package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// What of its samples a read is to tell. How many there are is always told.
package struct MetricNeed: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }
  package static let sum = MetricNeed(rawValue: 1)
  package static let min = MetricNeed(rawValue: 2)
  package static let max = MetricNeed(rawValue: 4)
  /// Percentiles, trimmed and winsorized statistics. Costs most: leave it out where nobody asks for these.
  package static let sketch = MetricNeed(rawValue: 8)
  package static let summary: MetricNeed = [.sum, .min, .max]
  package static let all: MetricNeed = [.sum, .min, .max, .sketch]
}

/// The periods of a read: as many as begin before its end, the first at a multiple of their length since 1970.
package struct MetricGrid: Hashable, Sendable {
  /// Seconds since 1970.
  package let start: Int64
  /// Seconds.
  package let period: Int64
  package let steps: Int

  /// - Parameters:
  ///   - from: in the first period.
  ///   - to: periods that begin here or later are left out.
  ///   - period: seconds.
  package init(from: Timestamp, to: Timestamp, period: Int) {
    self.period = Int64(clamping: Swift.max(period, 1))
    let most: Int64 = 1 << 40
    start = MetricTime.floor(Swift.min(Swift.max(from.seconds, -most), most), self.period)
    let clamped = Swift.min(Swift.max(to.seconds, -most), most)
    let end = to.microseconds > to.seconds &* 1_000_000 ? clamped + 1 : clamped
    steps = end > start ? Int((end - start + self.period - 1) / self.period) : 0
  }

  package func time(_ step: Int) -> Timestamp { Timestamp(seconds: start &+ Int64(step) &* period) }
  package var times: [Timestamp] { (0..<steps).map { time($0) } }
  var end: Int64 { start + Int64(steps) * period }
}

/// A series over the periods of a read: an entry each, in the order of time.
package struct MetricColumn: Sendable {
  /// Which of the keys, handles or groups asked for it is.
  package let place: Int
  package let unit: String?
  /// 0 where no sample is; the other columns say nothing there.
  package internal(set) var count: [Double]
  /// Empty when not needed, as are the following.
  package internal(set) var sum: [Double]
  package internal(set) var min: [Double]
  package internal(set) var max: [Double]
  /// An entry is nil when only a summary is known of some of its values.
  package internal(set) var sketches: [ValueSketch?]

  init(place: Int, unit: String?, steps: Int, need: MetricNeed) {
    (self.place, self.unit) = (place, unit)
    count = Array(repeating: 0, count: steps)
    sum = need.contains(.sum) ? Array(repeating: 0, count: steps) : []
    min = need.contains(.min) ? Array(repeating: .infinity, count: steps) : []
    max = need.contains(.max) ? Array(repeating: -.infinity, count: steps) : []
    sketches = need.contains(.sketch) ? Array(repeating: ValueSketch(), count: steps) : []
  }

  package var hasSamples: Bool { count.contains { $0 > 0 } }

  /// One period as the reads of one series answer it; nil without samples. The read must have needed everything.
  package func bucket(_ step: Int, _ grid: MetricGrid) -> MetricBucket? {
    guard count.indices.contains(step), count[step] > 0, !sum.isEmpty, !min.isEmpty, !max.isEmpty else { return nil }
    return MetricBucket(
      start: grid.time(step), count: count[step], sum: sum[step], min: min[step], max: max[step], unit: unit,
      sketch: sketches.isEmpty ? nil : sketches[step])
  }
}

/// Series that are looked for, through the index of their dimensions.
package struct MetricSelection: Hashable, Sendable {
  package var scope: String
  package var namespace: String?
  package var name: String?
  /// All must be there.
  package var dimensions: [DimensionFilter]
  /// Whether the series may have no others than `dimensions`.
  package var isExact: Bool
  /// Leaves out series whose latest sample is older.
  package var activeSince: Timestamp?

  package init(
    scope: String, namespace: String? = nil, name: String? = nil, dimensions: [DimensionFilter] = [], isExact: Bool = false,
    activeSince: Timestamp? = nil
  ) {
    (self.scope, self.namespace, self.name, self.dimensions) = (scope, namespace, name, dimensions)
    (self.isExact, self.activeSince) = (isExact, activeSince)
  }
}

/// Series put together by the values of some dimensions.
package struct MetricGroups: Sendable {
  /// The values of each group, one for each dimension; an empty text where a series does not have it.
  package let values: [[String]]
  /// The group of each series asked for.
  package let places: [Int]
}

/// Series that got samples.
package struct MetricChanges: Sendable {
  /// Each at most once.
  package let handles: [MetricHandle]
  /// Not when the token was too old or of another opening: then everything may have changed.
  package let isComplete: Bool
  /// For the next look.
  package let token: MetricChangeToken
}

/// What a look at the changes has seen.
package struct MetricChangeToken: Hashable, Sendable {
  let opening: UInt64
  let position: UInt64
}
