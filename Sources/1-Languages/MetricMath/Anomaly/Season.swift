/// A pattern of hours: the median of the values of each.
struct Season {
  let pattern: [Double]
  let isSmooth: Bool
  /// By how much residuals are to be enlarged: the few values of an hour have made its median, so they are nearer to it than others
  /// will be, and the median itself is off by some.
  private let correction: Double

  /// The pattern that explains most: of the week from two weeks on, of the day from two days on, or none; the finer one only where it
  /// is clearly better.
  static func best(_ samples: [Sample], days: Double) -> Season {
    var best = Season(samples, slots: 1, isSmooth: false)
    var error = best.error(samples)
    for (slots, needed) in [(24, 2.0), (168, 14.0)] where days >= needed {
      for isSmooth in [false, true] {
        let season = Season(samples, slots: slots, isSmooth: isSmooth)
        let own = season.error(samples)
        let isClear = slots == best.pattern.count ? own < error : own < 0.9 * error
        if isClear {
          best = season
          error = own
        }
      }
    }
    return best
  }

  init(_ samples: [Sample], slots: Int, isSmooth: Bool) {
    var gathered = [[Double]](repeating: [], count: slots)
    for sample in samples { gathered[SeasonSlots.slot(sample.hour.ofWeek, of: slots)].append(sample.value) }
    pattern = Self.withoutGaps(gathered.map(Robust.median), overall: Robust.median(samples.map(\.value)) ?? 0)
    self.isSmooth = isSmooth
    let filled = gathered.count { !$0.isEmpty }
    correction = Self.correction(Double(samples.count) / Double(max(filled, 1)))
  }

  /// Of hours with that many values each: the first factor is that of a median absolute deviation of so few values (D. C. Williams,
  /// "Finite sample correction factors for several simple robust estimators of normal standard deviation"), except for two values, whose
  /// deviations are pooled; the second is what the median adds to the variance.
  private static func correction(_ each: Double) -> Double {
    let factors = [3, 3, 1.414, 1.495, 1.363, 1.206, 1.2, 1.14, 1.129, 1.107]
    let factor = each < 10 ? factors[Int(max(each, 0))] : each / (each - 0.8)
    return factor * (1 + 1.4 / max(each, 1)).squareRoot()
  }

  /// Hours without values get those of the same hour of other days, else what lies between their neighbours.
  private static func withoutGaps(_ medians: [Double?], overall: Double) -> [Double] {
    let count = medians.count
    var pattern = medians
    if count == 168 {
      for slot in 0..<count where medians[slot] == nil {
        pattern[slot] = Robust.median(stride(from: slot % 24, to: count, by: 24).compactMap { medians[$0] })
      }
    }
    let known = pattern
    return (0..<count).map { slot in
      if let value = known[slot] { return value }
      guard let before = (1..<max(count, 2)).first(where: { known[(slot + count - $0) % count] != nil }),
        let after = (1..<max(count, 2)).first(where: { known[(slot + $0) % count] != nil }),
        let low = known[(slot + count - before) % count], let high = known[(slot + after) % count]
      else { return overall }
      return low + (high - low) * Double(before) / Double(before + after)
    }
  }

  func residual(_ sample: Sample) -> Double { sample.value - SeasonSlots.value(of: pattern, sample.hour, isSmooth: isSmooth) }

  /// How far values usually are from the pattern: mean of the lower nine tenths, so that anomalies do not decide.
  private func error(_ samples: [Sample]) -> Double {
    let sizes = samples.map { residual($0).magnitude }.sorted()
    let kept = sizes.prefix(max(1, sizes.count * 9 / 10))
    return kept.reduce(0, +) / Double(max(kept.count, 1)) * correction
  }

  /// The standard deviation of each hour: its own and its neighbours', drawn towards that of hours of a similar level by how few values
  /// it has, and enlarged until 96 of 100 values lie within as many of them as they would if they were normally distributed.
  func spread(_ samples: [Sample], floor: Double) -> [Double] {
    let count = pattern.count
    var gathered = [[Double]](repeating: [], count: count)
    for sample in samples { gathered[SeasonSlots.slot(sample.hour.ofWeek, of: count)].append(residual(sample)) }
    let similar = similarDeviations(gathered)
    var spread = (0..<count).map { slot in
      let near = Set([(slot + count - 1) % count, slot, (slot + 1) % count])
      let values = near.flatMap { gathered[$0] }
      let own = Robust.deviation(values)
      let weight = Double(values.count)
      let other = similar[slot]
      return max(((own * own * weight + other * other * 30) / (weight + 30)).squareRoot() * correction, floor)
    }
    let scaled = samples.map { residual($0).magnitude * correction / spread[SeasonSlots.slot($0.hour.ofWeek, of: count)] }
    let tail = max(1, (Robust.quantile(scaled, 0.96) ?? 0) / 2.054)
    // A little more, for what training has not seen.
    for slot in spread.indices { spread[slot] *= tail * 1.1 }
    return spread
  }

  /// For each hour the deviation of those whose expected values are nearest: much varies more than little.
  private func similarDeviations(_ residuals: [[Double]]) -> [Double] {
    let count = pattern.count
    let ranked = pattern.indices.sorted { (pattern[$0], $0) < (pattern[$1], $1) }
    let reach = max(2, count / 12)
    var deviations = [Double](repeating: 0, count: count)
    for (rank, slot) in ranked.enumerated() {
      let near = ranked[max(0, rank - reach)...min(count - 1, rank + reach)]
      deviations[slot] = Robust.deviation(near.flatMap { residuals[$0] })
    }
    return deviations
  }

  /// How far the highest and lowest values of each hour and its neighbours have been from the pattern.
  func spikes(_ samples: [Sample]) -> [Double] {
    let count = pattern.count
    var greatest = [Double](repeating: 0, count: count)
    for sample in samples {
      let slot = SeasonSlots.slot(sample.hour.ofWeek, of: count)
      greatest[slot] = max(greatest[slot], residual(sample).magnitude)
    }
    return (0..<count).map { max(greatest[($0 + count - 1) % count], greatest[$0], greatest[($0 + 1) % count]) }
  }
}
