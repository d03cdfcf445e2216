import Series
import ServiceKit
import Store
import Time

/// Lists the metrics that have samples. Source: Amazon CloudWatch API Reference, ListMetrics.
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
      [.oneOf("recentlyActive", \.recentlyActive, ["PT3H"]), .count("dimensions", \.dimensions, 0...10)]
    }
  }
  struct Filter: Shape {
    var name: String
    var value: String?
  }
  struct Output: Shape {
    var metrics: [MetricShape]
    var nextToken: String?
  }
  private static let page = 500
  /// Metrics without samples for two weeks are not listed.
  private static let listed = Duration.seconds(14 * 86_400)

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    let scope = "cloudwatch.metrics/\(call.partition.text)"
    var after: MetricKey?
    if let token = input.nextToken {
      guard let parts = try? call.room.context.tokens.open(parts: token, for: scope), let key = key(parts, call) else {
        throw Fault("InvalidNextToken", "The service token is invalid: it must be the one the call before answered.")
      }
      after = key
    }
    if let owner = input.owningAccount, owner != call.caller.account { return Output(metrics: [], nextToken: nil) }
    let found = call.room.engine.series(
      scope: CloudWatch.scope(call.partition), namespace: input.namespace, name: input.metricName,
      dimensions: (input.dimensions ?? []).map { DimensionFilter(name: $0.name, value: $0.value) },
      activeSince: call.now - (input.recentlyActive == nil ? listed : .seconds(3 * 3_600)), after: after, limit: page + 1)
    let next = found.count > page ? found[page - 1].key : nil
    let token = next.map { key in
      call.room.context.tokens.seal([key.namespace, key.name] + key.dimensions.flatMap { [$0.name, $0.value] }, for: scope)
    }
    return Output(metrics: found.prefix(page).map(\.key.shape), nextToken: token)
  }

  private static func key(_ parts: [String], _ call: AsyncCall<CloudWatch>) -> MetricKey? {
    guard parts.count >= 2, parts.count % 2 == 0 else { return nil }
    let dimensions = stride(from: 2, to: parts.count, by: 2).map { DimensionShape(name: parts[$0], value: parts[$0 + 1]) }
    return MetricKey(call.partition, parts[0], parts[1], dimensions)
  }
}
