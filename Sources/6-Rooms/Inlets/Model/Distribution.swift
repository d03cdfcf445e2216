import ServiceKit

/// Values with counts in bounded memory: exact while they are few, then in bins that get wider as there are more.
///
/// A bin holds the doubles that share sign, exponent and the upper bits of the fraction, as `ValueSketch` of the Series floor does: with six
/// bits a value is at most 0.8 % off.
struct Distribution: Sendable {
  /// Distinct values or bins; 150 is what AWS takes in one datum.
  static let most = 150
  /// Bits of the fraction that are dropped; nil while exact.
  private var shift: UInt64?
  private(set) var counts: [Double: Double] = [:]

  var isEmpty: Bool { counts.isEmpty }

  /// Adds a finite value that was seen so often, above 0.
  mutating func add(_ value: Double, count: Double = 1) {
    guard value.isFinite, count.isFinite, count > 0 else { return }
    let total = (counts[middle(value)] ?? 0) + count
    guard total.isFinite else { return }
    counts[middle(value)] = total
    while counts.count > Self.most, shift ?? 0 < 52 { widen() }
  }

  private func middle(_ value: Double) -> Double {
    guard let shift, value != 0 else { return value == 0 ? 0 : value }
    let middle = Double(bitPattern: (value.bitPattern >> shift) << shift | (1 << (shift - 1)))
    return middle.isFinite ? middle : value
  }

  private mutating func widen() {
    shift = shift.map { $0 + 1 } ?? 46
    let before = counts
    counts = [:]
    for (value, count) in before { counts[middle(value), default: 0] += count }
  }

  /// In the order of the values.
  var values: [MetricDatum.Counted] { counts.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) } }
}
