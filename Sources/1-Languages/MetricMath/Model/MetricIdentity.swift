/// Which metric a series is of.
public struct MetricIdentity: Hashable, Sendable {
  public struct Dimension: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public var namespace: String
  public var metricName: String
  public var dimensions: [Dimension]
  public var accountId: String?
  public var region: String?

  public init(
    namespace: String, metricName: String, dimensions: [Dimension] = [], accountId: String? = nil, region: String? = nil
  ) {
    self.namespace = namespace
    self.metricName = metricName
    self.dimensions = dimensions
    self.accountId = accountId
    self.region = region
  }

  /// The value of a dimension, or nil when the metric has none of that name.
  public func value(of dimension: String) -> String? { dimensions.first { $0.name == dimension }?.value }
}
