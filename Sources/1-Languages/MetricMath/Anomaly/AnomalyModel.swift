import Time

/// What is normal for a metric: a level with a trend, a pattern of the hours of the day or of the week, and how far from it the values
/// usually are at each of these hours.
///
/// It is trained from a series alone and is the same for the same series. `train` makes it, `band` says what is expected in a range of
/// time, `json` keeps it.
/// Source: CloudWatch User Guide, "Using CloudWatch anomaly detection". Differs: AWS does not publish its model; this is our own.
public struct AnomalyModel: Hashable, Sendable {
  public enum State: String, Hashable, Sendable {
    /// There was nothing to train it with.
    case pendingTraining = "PENDING_TRAINING"
    /// Less than a day, or than 24 points: a band without a pattern.
    case trainedInsufficientData = "TRAINED_INSUFFICIENT_DATA"
    case trained = "TRAINED"
  }

  public struct Configuration: Hashable, Sendable {
    /// Times whose points are not trained with.
    public var excluded: [TimeWindow]
    /// The zone whose hours and days the pattern follows.
    public var zone: Zone
    /// Whether spikes that came regularly are no anomalies.
    public var periodicSpikes: Bool

    public init(excluded: [TimeWindow] = [], zone: Zone = .utc, periodicSpikes: Bool = false) {
      self.excluded = excluded
      self.zone = zone
      self.periodicSpikes = periodicSpikes
    }
  }

  public let state: State
  public let zone: Zone
  /// Times of the first and last point it was trained with.
  public let trainedFrom: Int64
  public let trainedUntil: Int64
  /// Change of a day.
  let slope: Double
  /// What is expected at each hour, without the trend: one for all, 24 for the hours of a day or 168 for those of a week from Sunday.
  let pattern: [Double]
  /// Standard deviation of each hour.
  let spread: [Double]
  /// How far up and down spikes have gone at each hour; empty when they do not count.
  let spikes: [Double]
  /// Whether the pattern goes from hour to hour in lines rather than in steps.
  let isSmooth: Bool

  /// Points of one band at most.
  public static let mostBandPoints = 1_000_000
  /// Days beyond its training that the trend goes on.
  static let trendDays = 14.0

  /// The range of normal values at each period of the window that ends up to `width` standard deviations from what is expected;
  /// nil without training, and for more points than ``mostBandPoints``.
  public func band(width: Double, in window: TimeWindow, period: Int, label: String = "") -> AnomalyBand? {
    guard state != .pendingTraining, width.isFinite, width > 0, window.pointCount(period: period) <= Self.mostBandPoints else { return nil }
    let times = window.times(period: period)
    var upper: [Double] = []
    var lower: [Double] = []
    upper.reserveCapacity(times.count)
    lower.reserveCapacity(times.count)
    var clock = HourClock(zone)
    let half = Int64(period / 2)
    for time in times {
      let (expected, deviation, spike) = expectation(at: time + half, &clock)
      let reach = max(width * deviation, spike)
      upper.append(expected + reach)
      lower.append(expected - reach)
    }
    return AnomalyBand(
      upper: TimeSeries(label: label, period: period, times: times, values: upper),
      lower: TimeSeries(label: label, period: period, times: times, values: lower))
  }

  /// What is expected at an instant and the standard deviation there; nil without training.
  public func expected(at time: Int64) -> (value: Double, deviation: Double)? {
    guard state != .pendingTraining, time.magnitude <= UInt64(TimeWindow.farthest) else { return nil }
    var clock = HourClock(zone)
    let (value, deviation, _) = expectation(at: time, &clock)
    return (value, deviation)
  }

  private func expectation(at time: Int64, _ clock: inout HourClock) -> (expected: Double, deviation: Double, spike: Double) {
    let hour = clock.hour(at: time)
    let slot = SeasonSlots.slot(hour.ofWeek, of: pattern.count)
    let value = SeasonSlots.value(of: pattern, hour, isSmooth: isSmooth)
    return (value + trend(at: time), spread[slot], spikes.isEmpty ? 0 : spikes[slot])
  }

  private func trend(at time: Int64) -> Double {
    let days = Double(min(time, trainedUntil) - trainedFrom) / 86_400
    let beyond = Double(max(time - trainedUntil, 0)) / 86_400
    return slope * (days + min(beyond, Self.trendDays))
  }
}

/// Where in the week an instant is.
struct HourOfWeek {
  /// 0 is Sunday at midnight ... 167.
  var ofWeek: Int
  /// How much of it has passed: 0 ..< 1.
  var share: Double
}

/// Hours of a zone. The offset is looked up once for each quarter of an hour: zones change theirs on no other time.
struct HourClock {
  private let zone: Zone
  private var quarter = Int64.min
  private var offset: Int64 = 0

  init(_ zone: Zone) { self.zone = zone }

  mutating func hour(at time: Int64) -> HourOfWeek {
    let quarter = floorDivide(time, 900)
    if quarter != self.quarter {
      self.quarter = quarter
      offset = Int64(zone.offset(at: Timestamp(seconds: quarter * 900)))
    }
    // 1970-01-01 was a Thursday, four days after a Sunday.
    let local = time + offset + 4 * 86_400
    let hours = floorDivide(local, 3_600)
    return HourOfWeek(ofWeek: Int(hours - floorDivide(hours, 168) * 168), share: Double(local - hours * 3_600) / 3_600)
  }
}

/// Patterns of 1, 24 or 168 hours.
enum SeasonSlots {
  static func slot(_ hourOfWeek: Int, of count: Int) -> Int { hourOfWeek % max(count, 1) }

  /// The value of an hour; between the middles of two hours in a line when it is smooth.
  static func value(of pattern: [Double], _ hour: HourOfWeek, isSmooth: Bool) -> Double {
    let count = pattern.count
    let slot = slot(hour.ofWeek, of: count)
    guard isSmooth, count > 1 else { return pattern[slot] }
    let before = hour.share < 0.5 ? (slot + count - 1) % count : slot
    let share = hour.share < 0.5 ? hour.share + 0.5 : hour.share - 0.5
    return pattern[before] * (1 - share) + pattern[(before + 1) % count] * share
  }
}
