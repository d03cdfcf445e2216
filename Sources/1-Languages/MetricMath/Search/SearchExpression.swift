/// A search for metrics, compiled: the first argument of SEARCH.
///
/// `{Namespace, Dimension, ...} terms`: the schema limits the search to the metrics of the namespace, and with dimensions to those
/// that have exactly these. Terms are words that match in part, texts in double quotes that match exactly, either after a property
/// (`MetricName=`, `Namespace=`, `InstanceId=`) or anywhere in namespace, metric name, dimension names and values; with AND (also
/// by being side by side), OR, NOT and parentheses, also after a property: `InstanceId=("a" OR "b")`.
///
/// Source: CloudWatch User Guide, "CloudWatch search expression syntax".
public struct SearchExpression: Hashable, Sendable {
  /// What the metric has to be of.
  public struct Schema: Hashable, Sendable {
    public let namespace: String
    /// Names, in the order given; empty when any will do.
    public let dimensions: [String]
  }

  /// What a term is compared with.
  public enum Property: Hashable, Sendable {
    case any
    case namespace
    case metricName
    /// The value of a dimension of that name.
    case dimension(String)
    /// `:aws.AccountId`
    case accountId
  }

  public indirect enum Condition: Hashable, Sendable {
    case exact(Property, String)
    case partial(Property, PartialTerm)
    case all([Condition])
    case any([Condition])
    case not(Condition)
  }

  /// Series that one search yields at most.
  public static let mostSeries = 500
  /// Of a query in bytes; AWS's limit is 1,024 characters.
  static let longest = 16_384

  public let text: String
  public let schema: Schema?
  /// Nil when the schema says it all.
  public let condition: Condition?

  public init(_ text: String) throws(MetricMathError) {
    guard text.utf8.count <= Self.longest else {
      throw MetricMathError("Invalid search expression", detail: "longer than \(Self.longest) bytes")
    }
    self.text = text
    var parser = SearchParser(text)
    schema = try parser.schema()
    condition = try parser.terms()
    guard schema != nil || condition != nil else { throw MetricMathError("Invalid search expression", detail: "it is empty") }
  }

  /// Whether a metric is found. `localAccount` is the account that searches, which `:aws.AccountId='LOCAL'` means.
  public func matches(_ metric: MetricIdentity, localAccount: String? = nil) -> Bool {
    if let schema {
      guard schema.namespace == metric.namespace else { return false }
      if !schema.dimensions.isEmpty {
        guard schema.dimensions.count == metric.dimensions.count,
          metric.dimensions.allSatisfy({ schema.dimensions.contains($0.name) })
        else { return false }
      }
    }
    return condition?.matches(metric, localAccount) ?? true
  }

  /// The namespaces it can match, where it says so: for a store that has an index of them.
  public var namespace: String? {
    if let schema { return schema.namespace }
    return condition?.required(.namespace)
  }

  /// The metric name it can match, where it says so.
  public var metricName: String? { condition?.required(.metricName) }
}

extension SearchExpression.Condition {
  func matches(_ metric: MetricIdentity, _ localAccount: String?) -> Bool {
    switch self {
    case .exact(.accountId, "LOCAL"): metric.accountId == nil || metric.accountId == localAccount
    case .exact(let property, let text): metric.has(property) { $0 == text }
    case .partial(let property, let term): metric.has(property) { term.matches($0) }
    case .all(let conditions): conditions.allSatisfy { $0.matches(metric, localAccount) }
    case .any(let conditions): conditions.contains { $0.matches(metric, localAccount) }
    case .not(let condition): !condition.matches(metric, localAccount)
    }
  }

  /// The only value of a property that can match; nil when there may be several.
  fileprivate func required(_ wanted: SearchExpression.Property) -> String? {
    switch self {
    case .exact(let property, let text): property == wanted ? text : nil
    case .all(let conditions): conditions.lazy.compactMap { $0.required(wanted) }.first
    case .partial, .any, .not: nil
    }
  }
}

extension MetricIdentity {
  fileprivate func has(_ property: SearchExpression.Property, _ test: (String) -> Bool) -> Bool {
    switch property {
    case .namespace: test(namespace)
    case .metricName: test(metricName)
    case .accountId: accountId.map(test) ?? false
    case .dimension(let name): dimensions.contains { $0.name == name && test($0.value) }
    case .any: test(metricName) || dimensions.contains { test($0.value) || test($0.name) } || test(namespace)
    }
  }
}
