extension InsightsQuery {
  /// What GROUP BY tells a metric apart by, names and values in the order of the query: the parts of the label that its series gets.
  public func group(of metric: MetricIdentity, tags: [String: String] = [:]) -> [(name: String, value: String)] {
    groups.map { key in
      let value = key.value(metric, tags) ?? Self.other
      return switch key {
      case .dimension(let name): (name, value)
      case .tag(let name): ("tag.\(name)", value)
      case .accountId: ("AWS.AccountId", value)
      }
    }
  }
}
