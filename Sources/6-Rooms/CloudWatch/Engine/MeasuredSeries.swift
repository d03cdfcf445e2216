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
      let fitting = page.map(\.key).filter { query.wants($0.namespace, $0.name) }
      let wanted = Array(fitting.prefix(max(0, query.limit - found.count)))
      found += try series(wanted, query)
      let isCut = wanted.count < fitting.count
      if found.count >= query.limit, let last = wanted.last { return MeasuredPage(series: found, next: last.place) }
      if !isCut, page.count < chunk { return MeasuredPage(series: found, next: nil) }
      // Series without samples in these periods leave room for more.
      after = isCut ? wanted.last : page.last?.key
      await Task.yield()
    }
  }

  /// Of each key a series for each unit that has samples.
  private func series(_ keys: [MetricKey], _ query: MeasuredQuery) throws -> [MeasuredSeries] {
    let (grid, columns) = try engine.buckets(
      of: keys, from: query.from, to: query.to, period: query.period, unit: nil, need: .summary)
    return columns.map { column in
      MeasuredSeries(
        place: keys[column.place].place, unit: column.unit,
        points: (0..<grid.steps).compactMap { step in
          column.bucket(step, grid).map { MeasuredSeries.Point(start: $0.start, count: $0.count, sum: $0.sum, min: $0.min, max: $0.max) }
        })
    }
  }

  /// The inverse of `scope`.
  private static func partition(_ scope: String) -> Partition? {
    let parts = scope.split(separator: "/").map(String.init)
    guard parts.count == 2 || parts.count == 3 else { return nil }
    return Partition(account: parts[0], region: parts[1], shard: parts.count == 3 ? Int(parts[2]) ?? 0 : 0)
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
