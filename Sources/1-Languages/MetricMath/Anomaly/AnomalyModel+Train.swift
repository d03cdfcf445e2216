import Time

extension AnomalyModel {
  /// Points that are trained with; of more some are left out evenly, so that training takes a bounded time.
  public static let mostPoints = 50_000

  /// A model of a series. AWS trains on two weeks; more is better for weekly patterns and trends.
  public static func train(_ series: TimeSeries, _ configuration: Configuration = .init()) -> AnomalyModel {
    let samples = Self.samples(of: series, configuration)
    guard let first = samples.first, let last = samples.last else {
      return AnomalyModel(
        state: .pendingTraining, zone: configuration.zone, trainedFrom: 0, trainedUntil: 0, slope: 0, pattern: [0], spread: [0], spikes: [],
        isSmooth: false)
    }
    let days = Double(last.time - first.time + Int64(series.period)) / 86_400
    let isEnough = days >= 1 && samples.count >= 24
    let slope = isEnough ? Trend.slope(samples, days: days) : 0
    var level = samples
    for position in level.indices { level[position].value -= slope * Double(level[position].time - first.time) / 86_400 }
    let season = Season.best(level, days: isEnough ? days : 0)
    let spread = season.spread(level, floor: Self.leastSpread(samples))
    return AnomalyModel(
      state: isEnough ? .trained : .trainedInsufficientData, zone: configuration.zone, trainedFrom: first.time, trainedUntil: last.time,
      slope: slope, pattern: season.pattern, spread: spread, spikes: configuration.periodicSpikes ? season.spikes(level) : [],
      isSmooth: season.isSmooth)
  }

  private static func samples(of series: TimeSeries, _ configuration: Configuration) -> [Sample] {
    var clock = HourClock(configuration.zone)
    let half = Int64(series.period / 2)
    let excluded = configuration.excluded.sorted { $0.start < $1.start }
    var samples: [Sample] = []
    var at = 0
    var end = Int64.min
    for position in series.times.indices {
      let time = series.times[position]
      while at < excluded.count, excluded[at].start <= time {
        end = max(end, excluded[at].end)
        at += 1
      }
      guard time >= end, series.values[position].magnitude < 1e150 else { continue }
      samples.append(Sample(time: time + half, value: series.values[position], hour: clock.hour(at: time + half)))
    }
    guard samples.count > mostPoints else { return samples }
    // One of each few neighbours, not always at the same place among them.
    let step = (samples.count + mostPoints - 1) / mostPoints
    return (0..<(samples.count / step)).map { samples[$0 * step + $0 &* 7 % step] }
  }

  /// What a metric that never changes may still do: half a percent of its usual size.
  private static func leastSpread(_ samples: [Sample]) -> Double {
    let usual = Robust.median(samples.map(\.value.magnitude)) ?? 0
    return max(usual * 0.005, 1e-9)
  }
}

/// A point that a model is trained with.
struct Sample {
  var time: Int64
  var value: Double
  var hour: HourOfWeek
}

/// The change of a day that is no pattern of days.
enum Trend {
  static func slope(_ samples: [Sample], days: Double) -> Double {
    guard days >= 4, let first = samples.first else { return 0 }
    var gathered: [Int64: [Double]] = [:]
    for sample in samples { gathered[(sample.time - first.time) / 86_400, default: []].append(sample.value) }
    // Days that are only begun say nothing about the day.
    let usual = gathered.values.map(\.count).max() ?? 0
    let level = gathered.filter { $0.value.count * 2 > usual }.compactMapValues(Robust.median)
    if days >= 14 {
      // The same weekday a week later: no weekly pattern is taken for a trend.
      let changes = level.compactMap { day, value in level[day + 7].map { ($0 - value) / 7 } }
      return steady(changes)
    }
    return steady(level.compactMap { day, value in level[day + 1].map { $0 - value } })
  }

  /// The median of changes if four of five go the same way and they are far from being chance, else none.
  private static func steady(_ changes: [Double]) -> Double {
    guard changes.count >= 3, let median = Robust.median(changes), median != 0 else { return 0 }
    let same = changes.count { ($0 > 0) == (median > 0) && $0 != 0 }
    let scatter = Robust.deviation(changes.map { $0 - median }) / Double(changes.count).squareRoot()
    return Double(same) >= 0.8 * Double(changes.count) && median.magnitude > 3 * scatter ? median : 0
  }
}
