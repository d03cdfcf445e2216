import Series
import ServiceKit
import Store
import Time

/// Lists the metrics that have samples, 500 at a time. Source: Amazon CloudWatch API Reference, ListMetrics.
///
/// Differs: no accounts are linked, so that another account's metrics are an empty list.
struct ListMetrics: AsyncOperation {
  struct Input: Shape {
    var namespace: String?
    var metricName: String?
    var dimensions: [Filter]?
    var nextToken: String?
    var recentlyActive: String?
    var includeLinkedAccounts: Bool?
    var owningAccount: String?
    static var limits: [Limit<Self>] {
      [
        .length("namespace", \.namespace, 1...255), .length("metricName", \.metricName, 1...255),
        .oneOf("recentlyActive", \.recentlyActive, ["PT3H"]), .count("dimensions", \.dimensions, 0...10),
        .length("owningAccount", \.owningAccount, 1...255),
      ]
    }
  }
  struct Filter: Shape {
    var name: String
    var value: String?
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...255), .length("value", \.value, 1...1_024)] }
  }
  struct Output: Shape {
    var metrics: [MetricShape]
    var nextToken: String?
    /// Of each metric, where linked accounts were asked for.
    var owningAccounts: [String]?
  }
  private static let page = 500
  /// Metrics without samples for two weeks are not listed.
  private static let listed = Duration.seconds(14 * 86_400)

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    let scope = "cloudwatch.metrics/\(call.partition.text)"
    var after: MetricKey?
    if let token = input.nextToken {
      guard let parts = try? call.room.context.tokens.open(parts: token, for: scope), let key = key(parts, call) else {
        throw Fault.invalidValue(
          "The value \(token.prefix(64)) for parameter NextToken is invalid: it must be the one the call before answered.")
      }
      after = key
    }
    let isLinked = input.includeLinkedAccounts ?? false
    if input.owningAccount != nil, !isLinked {
      throw Fault.invalidValue("The parameter OwningAccount can only be given when IncludeLinkedAccounts is true.")
    }
    if let owner = input.owningAccount, owner != call.caller.account { return Output(metrics: [], owningAccounts: []) }
    let found = call.room.engine.series(
      scope: CloudWatch.scope(call.partition), namespace: input.namespace, name: input.metricName,
      dimensions: (input.dimensions ?? []).map { DimensionFilter(name: $0.name, value: $0.value) },
      activeSince: call.now - (input.recentlyActive == nil ? listed : .seconds(3 * 3_600)), after: after, limit: page + 1)
    let next = found.count > page ? found[page - 1].key : nil
    let token = next.map { key in
      call.room.context.tokens.seal([key.namespace, key.name] + key.dimensions.flatMap { [$0.name, $0.value] }, for: scope)
    }
    let metrics = found.prefix(page).map(\.key.shape)
    return Output(
      metrics: metrics, nextToken: token, owningAccounts: isLinked ? metrics.map { _ in call.caller.account } : nil)
  }

  private static func key(_ parts: [String], _ call: AsyncCall<CloudWatch>) -> MetricKey? {
    guard parts.count >= 2, parts.count % 2 == 0 else { return nil }
    let dimensions = stride(from: 2, to: parts.count, by: 2).map { DimensionShape(name: parts[$0], value: parts[$0 + 1]) }
    return MetricKey(call.partition, parts[0], parts[1], dimensions)
  }
}
