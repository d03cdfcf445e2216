/// A Metrics Insights query, read once: a predicate over metrics, a grouping, an aggregate and an order.
///
/// Source: CloudWatch User Guide, "CloudWatch Metrics Insights query components and syntax".
/// Differs: OR and parentheses are taken in WHERE, as the query editor of Amazon Managed Grafana has them. A condition on a label that a
/// metric does not have is not met, `!=` included, as in SQL.
public struct InsightsQuery: Hashable, Sendable {
  public enum Function: String, CaseIterable, Hashable, Sendable {
    case avg = "AVG"
    case count = "COUNT"
    case max = "MAX"
    case min = "MIN"
    case sum = "SUM"
  }

  /// What metrics are told apart by.
  public enum LabelKey: Hashable, Sendable {
    case dimension(String)
    /// A tag of the resource that the metric is of: `tag.name`.
    case tag(String)
    /// `AWS.AccountId`
    case accountId
  }

  public indirect enum Condition: Hashable, Sendable {
    case equals(LabelKey, String)
    case differs(LabelKey, String)
    /// Whether the account is the one that asks: `AWS.AccountId = CURRENT_ACCOUNT_ID()`.
    case isLocal(Bool)
    case all([Condition])
    case any([Condition])
  }

  public struct Order: Hashable, Sendable {
    public let function: Function
    public let isDescending: Bool
  }

  /// Series that one query yields at most, and the greatest LIMIT.
  public static let mostSeries = 500
  static let longest = 16_384

  public let text: String
  public let function: Function
  public let metricName: String
  public let namespace: String
  /// The dimensions a metric has to have, no more and no less; nil when any will do.
  public let schema: [String]?
  public let condition: Condition?
  /// Empty when all metrics become one series.
  public let groups: [LabelKey]
  public let order: Order?
  public let limit: Int?

  /// Whether an expression is a query and no metric math: it begins with SELECT.
  public static func isQuery(_ text: String) -> Bool {
    var scanner = TextScanner(text)
    scanner.skipSpace()
    let word = scanner.takeWhile(\.isWord)
    return word.uppercased() == "SELECT"
  }

  public init(_ text: String) throws(MetricMathError) {
    guard text.utf8.count <= Self.longest else { throw MetricMathError("Invalid syntax", detail: "longer than \(Self.longest) bytes") }
    self.text = text
    var parser = InsightsParser(text)
    (function, metricName) = try parser.select()
    (namespace, schema) = try parser.from()
    condition = try parser.filter()
    groups = try parser.groupBy()
    order = try parser.orderBy()
    limit = try parser.limit()
    try parser.end()
  }

  /// Whether a metric takes part. The tags are those of its resource, `localAccount` is the account that asks.
  public func matches(_ metric: MetricIdentity, tags: [String: String] = [:], localAccount: String? = nil) -> Bool {
    guard metric.metricName == metricName, metric.namespace == namespace else { return false }
    if let schema {
      guard schema.count == metric.dimensions.count, metric.dimensions.allSatisfy({ schema.contains($0.name) }) else { return false }
    }
    return condition?.matches(metric, tags, localAccount) ?? true
  }
}

extension InsightsQuery.LabelKey {
  func value(_ metric: MetricIdentity, _ tags: [String: String]) -> String? {
    switch self {
    case .dimension(let name): metric.value(of: name)
    case .tag(let name): tags[name]
    case .accountId: metric.accountId
    }
  }
}

extension InsightsQuery.Condition {
  func matches(_ metric: MetricIdentity, _ tags: [String: String], _ localAccount: String?) -> Bool {
    switch self {
    case .equals(let key, let text): key.value(metric, tags) == text
    case .differs(let key, let text): key.value(metric, tags).map { $0 != text } ?? false
    case .isLocal(let wanted): (metric.accountId == nil || metric.accountId == localAccount) == wanted
    case .all(let conditions): conditions.allSatisfy { $0.matches(metric, tags, localAccount) }
    case .any(let conditions): conditions.contains { $0.matches(metric, tags, localAccount) }
    }
  }
}
