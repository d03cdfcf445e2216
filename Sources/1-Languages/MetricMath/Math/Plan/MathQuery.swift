/// One query of a request for metric data, or of an alarm: a metric that is retrieved, or an expression over others.
public struct MathQuery: Hashable, Sendable {
  public enum Source: Hashable, Sendable {
    /// A metric, with its period in seconds.
    case metric(period: Int)
    /// Metric math, or a Metrics Insights query when it begins with SELECT.
    case expression(String)
  }

  public var id: String
  public var source: Source
  /// The period of an expression in seconds, where it is given.
  public var period: Int?
  public var returnsData: Bool

  public init(id: String, _ source: Source, period: Int? = nil, returnsData: Bool = true) {
    self.id = id
    self.source = source
    self.period = period
    self.returnsData = returnsData
  }

  /// 1, 5, 10, 20, 30 or any multiple of 60, up to a hundred days.
  public static func isPeriod(_ seconds: Int) -> Bool {
    [1, 5, 10, 20, 30].contains(seconds) || (seconds > 0 && seconds <= 8_640_000 && seconds % 60 == 0)
  }

  /// Letters, digits and underscores, a small letter first.
  public static func isId(_ text: String) -> Bool {
    guard let first = text.utf8.first, first.isLower, text.utf8.count <= 255 else { return false }
    return text.utf8.allSatisfy(\.isWord)
  }
}
