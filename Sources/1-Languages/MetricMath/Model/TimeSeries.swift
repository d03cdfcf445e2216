/// Values over time: at most one in each period, none where nothing was measured.
public struct TimeSeries: Hashable, Sendable {
  /// What a legend calls it.
  public var label: String
  /// The metric it was measured of; nil for what an expression made of several.
  public var metric: MetricIdentity?
  /// Seconds, at least 1.
  public var period: Int
  /// When the periods of the values begin: seconds since 1970, ascending.
  public private(set) var times: [Int64]
  /// As many as there are times, all finite.
  public private(set) var values: [Double]

  /// Takes what it gets into order; of two values of one time the later counts. Values that are not finite are left out.
  public init(
    label: String = "", metric: MetricIdentity? = nil, period: Int, times: [Int64] = [], values: [Double] = []
  ) {
    self.label = label
    self.metric = metric
    self.period = max(period, 1)
    self.times = times
    self.values = values
    if !isInOrder { takeIntoOrder() }
  }

  /// A series from what is known to be in order and finite.
  init(like other: TimeSeries, period: Int? = nil, inOrder times: [Int64], _ values: [Double]) {
    label = other.label
    metric = other.metric
    self.period = period ?? other.period
    self.times = times
    self.values = values
  }

  public var count: Int { times.count }
  public var isEmpty: Bool { times.isEmpty }

  /// The value at exactly that time.
  public func value(at time: Int64) -> Double? {
    var low = 0
    var high = times.count
    while low < high {
      let middle = (low + high) / 2
      if times[middle] < time { low = middle + 1 } else { high = middle }
    }
    return low < times.count && times[low] == time ? values[low] : nil
  }

  private var isInOrder: Bool {
    guard times.count == values.count else { return false }
    let farthest = TimeWindow.farthest
    for position in times.indices {
      if !values[position].isFinite || times[position] > farthest || times[position] < -farthest { return false }
      if position > 0, times[position - 1] >= times[position] { return false }
    }
    return true
  }

  private mutating func takeIntoOrder() {
    var latest: [Int64: Double] = [:]
    for (time, value) in zip(times, values) where value.isFinite && time == time.clamped {
      latest[time] = value
    }
    times = latest.keys.sorted()
    values = times.map { latest[$0] ?? 0 }
  }
}

extension Int64 {
  /// Itself, or the farthest time there is.
  fileprivate var clamped: Int64 { Swift.min(Swift.max(self, -TimeWindow.farthest), TimeWindow.farthest) }
}
