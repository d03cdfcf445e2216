/// How values are distributed: exactly while they are few, then in bins no wider than 1.6 % of the value.
///
/// A value read from a bin is its middle, so it is at most 0.8 % off. A bin holds the doubles that share sign, exponent and the
/// upper six bits of the fraction: finding it takes a shift, no logarithm.
package struct ValueSketch: Hashable, Sendable {
  /// Distinct values kept exactly.
  static let exactMost = 64
  static let shift: UInt64 = 46

  /// Sorted: values while `isExact`, else each bin's middle.
  package private(set) var values: [Double] = []
  package private(set) var counts: [Double] = []
  package private(set) var isExact = true

  package init() {}

  init(values: [Double], counts: [Double], isExact: Bool) {
    self.values = values
    self.counts = counts
    self.isExact = isExact
  }

  /// The middle of the bin that the value is in; stands for itself.
  static func middle(_ value: Double) -> Double {
    let bits = (value.bitPattern >> shift) << shift
    return value == 0 ? 0 : Double(bitPattern: bits | (1 << (shift - 1)))
  }

  /// The value must be finite and the count above 0; others are left out.
  package mutating func add(_ value: Double, count: Double = 1) {
    guard value.isFinite, count.isFinite, count > 0 else { return }
    insert(isExact ? value : Self.middle(value), count)
    if isExact, values.count > Self.exactMost { toBins() }
  }

  package mutating func merge(_ other: ValueSketch) {
    if isExact, !other.isExact { toBins() }
    if values.isEmpty, isExact {
      self = other
      return
    }
    for (value, count) in zip(other.values, other.counts) { add(value, count: count) }
  }

  private mutating func insert(_ value: Double, _ count: Double) {
    if let last = values.last, last < value {
      values.append(value)
      counts.append(count)
      return
    }
    var (low, high) = (0, values.count)
    while low < high {
      let middle = (low + high) / 2
      if values[middle] < value { low = middle + 1 } else { high = middle }
    }
    if low < values.count, values[low] == value {
      counts[low] += count
    } else {
      values.insert(value, at: low)
      counts.insert(count, at: low)
    }
  }

  private mutating func toBins() {
    let (old, weights) = (values, counts)
    (values, counts, isExact) = ([], [], false)
    for (value, count) in zip(old, weights) { insert(Self.middle(value), count) }
  }

  package var count: Double { counts.reduce(0, +) }

  /// The least value that at least `percent` of all values do not exceed; nil without values. 0...100, clamped.
  package func percentile(_ percent: Double) -> Double? {
    guard let last = values.last else { return nil }
    let rank = min(max(percent, 0), 100) / 100 * count
    var seen = 0.0
    for (value, count) in zip(values, counts) {
      seen += count
      // Rounding must not move a rank that is a whole number to the next value.
      if seen >= rank * (1 - 1e-12) { return value }
    }
    return last
  }

  /// Count and sum of the values between two percentiles; a value across a border takes part with its share.
  func trimmed(_ low: Double, _ high: Double, floor: Double, ceiling: Double) -> (count: Double, sum: Double) {
    let (from, to) = (min(max(low, 0), 100) / 100 * count, min(max(high, 0), 100) / 100 * count)
    var (seen, kept, sum) = (0.0, 0.0, 0.0)
    for (value, count) in zip(values, counts) {
      let share = min(seen + count, to) - max(seen, from)
      seen += count
      if share <= 0 { continue }
      kept += share
      sum += share * min(max(value, floor), ceiling)
    }
    return (kept, sum)
  }

  /// How many values lie within the limits, both included.
  func count(from low: Double, through high: Double) -> Double {
    zip(values, counts).reduce(0) { $0 + ($1.0 >= low && $1.0 <= high ? $1.1 : 0) }
  }
}
