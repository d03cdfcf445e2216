import Time

/// Stores samples of metrics in files of its own; on disk before it answers.
package final class MetricEngine: Sendable {
  package init(directory: String, clock: any WallClock) throws(SeriesFault) { throw SeriesFault("not built yet") }
  package func append(_ samples: [MetricSample]) async throws(SeriesFault) {}
  package func series(
    scope: String, namespace: String?, name: String?, dimensions: [DimensionFilter], activeSince: Timestamp?, after: MetricKey?, limit: Int
  ) -> [SeriesInfo] { [] }
  package func buckets(
    _ key: MetricKey, from: Timestamp, to: Timestamp, period: Int, unit: String?
  ) throws(SeriesFault) -> [MetricBucket] { [] }
  package func expire(before: Timestamp) async throws(SeriesFault) {}
  package func close() async {}
}
