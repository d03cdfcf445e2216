import Synchronization

extension MetricEngine {
  /// Every scope that has series, in order.
  package var scopes: [String] {
    table.withLock { table in Set(table.groups.keys.map(\.scope)).map { table.symbols.text($0) }.sorted() }
  }
}
