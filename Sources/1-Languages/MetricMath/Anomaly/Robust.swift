/// Statistics that a few wild values do not move.
enum Robust {
  /// Standard deviations in a median absolute deviation of normally distributed values.
  static let normal = 1.4826

  static func median(_ values: [Double]) -> Double? { quantile(values, 0.5) }

  /// The value below which that share of the values lies, in a line between two.
  static func quantile(_ values: [Double], _ share: Double) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let at = share * Double(sorted.count - 1)
    let below = Int(at)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (sorted[above] - sorted[below]) * (at - Double(below))
  }

  /// The standard deviation that values would have which are normally distributed and deviate from 0 as these usually do.
  static func deviation(_ residuals: [Double]) -> Double {
    (median(residuals.map(\.magnitude)) ?? 0) * normal
  }
}
