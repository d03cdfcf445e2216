#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Percentiles of numbers seen one by one; mergeable.
///
/// Exact up to 256 values. Beyond, values are counted in ranges that grow by 1 % (DDSketch, Masson, Rim and Lee 2019): an answer is
/// within 0.5 % of a value at the rank asked for. Values that are more than e^80 times smaller than the largest share one range.
final class QuantileSketch {
  private static let exact = 256
  private static let gamma = 1.005 / 0.995
  private static let scale = 1 / log(gamma)
  private static let mostRanges = 8_192

  @exclusivity(unchecked) private var values: [Double] = []
  @exclusivity(unchecked) private var isSketch = false
  @exclusivity(unchecked) private var positive = Ranges()
  @exclusivity(unchecked) private var negative = Ranges()
  @exclusivity(unchecked) private var zeros = 0
  @exclusivity(unchecked) private(set) var count = 0
  @exclusivity(unchecked) private var low = Double.infinity
  @exclusivity(unchecked) private var high = -Double.infinity

  /// Counts of neighbouring ranges.
  private struct Ranges {
    var first = 0
    var counts: [Int] = []
    var total = 0

    mutating func add(_ index: Int, _ count: Int) {
      total += count
      if counts.isEmpty {
        first = index
        counts = [count]
        return
      }
      var index = index
      if index >= first + counts.count {
        let grown = index - first + 1
        if grown > QuantileSketch.mostRanges { collapse(by: grown - QuantileSketch.mostRanges) }
        if index - first >= counts.count { counts += Array(repeating: 0, count: index - first + 1 - counts.count) }
      } else if index < first {
        let room = QuantileSketch.mostRanges - counts.count
        let grown = min(first - index, room)
        if grown > 0 {
          counts = Array(repeating: 0, count: grown) + counts
          first -= grown
        }
        index = max(index, first)
      }
      counts[index - first] += count
    }

    /// Joins the lowest ranges into one.
    private mutating func collapse(by excess: Int) {
      let dropped = min(excess, counts.count)
      let sum = counts[..<dropped].reduce(0, +)
      counts.removeFirst(dropped)
      first += excess
      if counts.isEmpty { counts = [0] }
      counts[0] += sum
    }
  }

  func add(_ value: Double) {
    count += 1
    if value < low { low = value }
    if value > high { high = value }
    if isSketch {
      insert(value, 1)
    } else {
      values.append(value)
      if values.count > Self.exact { spill() }
    }
  }

  private func spill() {
    isSketch = true
    for value in values { insert(value, 1) }
    values = []
  }

  private func insert(_ value: Double, _ times: Int) {
    if value.magnitude < 1e-300 {
      zeros += times
    } else if value > 0 {
      positive.add(Self.index(value), times)
    } else {
      negative.add(Self.index(-value), times)
    }
  }

  private static func index(_ magnitude: Double) -> Int { Int((log(magnitude) * scale).rounded(.up)) }
  private static func middle(_ index: Int) -> Double { 2 * exp(Double(index) / scale) / (gamma + 1) }

  func merge(_ other: QuantileSketch) {
    low = min(low, other.low)
    high = max(high, other.high)
    if !other.isSketch, !isSketch, values.count + other.values.count <= Self.exact {
      values += other.values
      count += other.count
      return
    }
    if !isSketch { spill() }
    count += other.count
    for value in other.values { insert(value, 1) }
    zeros += other.zeros
    for (offset, times) in other.positive.counts.enumerated() where times > 0 { positive.add(other.positive.first + offset, times) }
    for (offset, times) in other.negative.counts.enumerated() where times > 0 { negative.add(other.negative.first + offset, times) }
  }

  /// The value at a percentile from 0 to 100; between two values in proportion while exact. Nil without values.
  func percentile(_ percent: Double) -> Double? {
    guard count > 0 else { return nil }
    let rank = min(max(percent, 0), 100) / 100 * Double(count - 1)
    if !isSketch {
      let sorted = values.sorted()
      let below = Int(rank)
      let above = min(below + 1, sorted.count - 1)
      return sorted[below] + (sorted[above] - sorted[below]) * (rank - Double(below))
    }
    return min(max(estimate(Int(rank.rounded())), low), high)
  }

  private func estimate(_ rank: Int) -> Double {
    var rest = rank
    if rest < negative.total {
      for (offset, times) in negative.counts.enumerated().reversed() {
        if rest < times { return -Self.middle(negative.first + offset) }
        rest -= times
      }
    }
    rest = rank - negative.total
    if rest < zeros { return 0 }
    rest -= zeros
    for (offset, times) in positive.counts.enumerated() {
      if rest < times { return Self.middle(positive.first + offset) }
      rest -= times
    }
    return high
  }
}
