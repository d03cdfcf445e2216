import Time

/// Stores log events in files of its own; on disk before it answers.
package final class LogEngine: Sendable {
  package init(directory: String, clock: any WallClock) throws(SeriesFault) { throw SeriesFault("not built yet") }
  package func append(_ events: [LogEvent], group: String, stream: String) async throws(SeriesFault) -> LogAppend { throw SeriesFault("") }
  package func appendAll(_ batches: [LogBatch]) async throws(SeriesFault) { throw SeriesFault("") }
  package func read(
    group: String, stream: String, from: Timestamp?, to: Timestamp?, position: LogPosition?, forward: Bool, limit: Int, byteLimit: Int
  ) throws(SeriesFault) -> LogPage { throw SeriesFault("") }
  package func scan(
    group: String, streams: Set<String>?, from: Timestamp?, to: Timestamp?, after: LogPosition?, limit: Int, byteBudget: Int,
    where matches: (UnsafeRawBufferPointer) -> Bool
  ) throws(SeriesFault) -> LogScan { throw SeriesFault("") }
  package func streams(group: String) -> [LogStreamInfo] { [] }
  package func stream(group: String, stream: String) -> LogStreamInfo? { nil }
  package func deleteGroup(_ group: String) async throws(SeriesFault) {}
  package func deleteStream(group: String, stream: String) async throws(SeriesFault) {}
  package func expire(group: String, before: Timestamp) async throws(SeriesFault) {}
  package func close() async {}
}
