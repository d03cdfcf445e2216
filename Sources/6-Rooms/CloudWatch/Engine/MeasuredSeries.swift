import Series
import ServiceKit
import Store
import Time

/// Stored metrics for scrapers and other stores.
extension CloudWatch: MetricSource {
  package func measuredPartitions() async throws -> [Partition] { engine.scopes.compactMap { Self.partition($0) } }

  package func measured(_ query: MeasuredQuery, in partition: Partition) async throws -> MeasuredPage {
    let scope = Self.scope(partition)
    var after = query.after.map { MetricKey(scope, $0) }
    var found: [MeasuredSeries] = []
    let exact = query.namespaces.count == 1 ? query.namespaces.first.flatMap { $0.hasSuffix("*") ? nil : $0 } : nil
    let chunk = max(1, min(query.limit, 1_000))
    while true {
      let page = engine.series(
        scope: scope, namespace: exact, name: nil, dimensions: [], activeSince: query.from, after: after, limit: chunk)
      for info in page {
        after = info.key
        guard query.wants(info.key.namespace, info.key.name) else { continue }
        found += try series(info.key, query)
        if found.count >= query.limit { return MeasuredPage(series: found, next: info.key.place) }
      }
      if page.count < chunk { return MeasuredPage(series: found, next: nil) }
      await Task.yield()
    }
  }

  /// The inverse of `scope`.
  private static func partition(_ scope: String) -> Partition? {
    let parts = scope.split(separator: "/").map(String.init)
    guard parts.count == 2 || parts.count == 3 else { return nil }
    return Partition(account: parts[0], region: parts[1], shard: parts.count == 3 ? Int(parts[2]) ?? 0 : 0)
  }

  /// The key's series: one for each unit.
  private func series(_ key: MetricKey, _ query: MeasuredQuery) throws -> [MeasuredSeries] {
    let buckets = try engine.buckets(key, from: query.from, to: query.to, period: query.period, unit: nil)
    return Dictionary(grouping: buckets, by: { $0.unit ?? "" }).sorted { $0.key < $1.key }.map { unit, buckets in
      MeasuredSeries(
        place: key.place, unit: unit.isEmpty ? nil : unit,
        points: buckets.map { .init(start: $0.start, count: $0.count, sum: $0.sum, min: $0.min, max: $0.max) })
    }
  }
}

extension MetricKey {
  fileprivate init(_ scope: String, _ place: MeasuredPlace) {
    self.init(
      scope: scope, namespace: place.namespace, name: place.name,
      dimensions: place.dimensions.map { Dimension(name: $0.name, value: $0.value) })
  }

  fileprivate var place: MeasuredPlace {
    MeasuredPlace(namespace: namespace, name: name, dimensions: dimensions.map { .init(name: $0.name, value: $0.value) })
  }
}
