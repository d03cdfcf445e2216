/// What expressions need besides the metrics of the request. It may answer from what has been read before: ``MetricDataPlan`` says
/// what will be asked for.
public protocol MetricMathSource {
  /// The series that a search finds, at most 500 of them, with their labels.
  func series(found search: MathSearch, period: Int, in window: TimeWindow) throws -> [TimeSeries]
  /// The series of a Metrics Insights query in its order, such as ``InsightsQuery/evaluate(_:period:)`` makes them.
  func series(selected query: InsightsQuery, period: Int, in window: TimeWindow) throws -> [TimeSeries]
  /// The band of an id whose series is given; nil where no model is trained.
  func band(of id: String, _ series: TimeSeries, width: Double, in window: TimeWindow) throws -> AnomalyBand?
}

/// The expected range of a series over time.
public struct AnomalyBand: Hashable, Sendable {
  public var upper: TimeSeries
  public var lower: TimeSeries

  public init(upper: TimeSeries, lower: TimeSeries) {
    self.upper = upper
    self.lower = lower
  }
}
