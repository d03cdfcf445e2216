import Logging
import ServiceKit
import Store
import Synchronization
import Telemetry
import Time

/// Writes every stored metric to a store that speaks Prometheus's remote write, for those who outgrow one machine.
///
/// The queue is the store itself: a cursor on disk says up to which instant everything was written, so that an outage of the other side or a
/// restart loses nothing and needs no memory. A while after a period has ended (`RemoteWriteTarget.delay`) its samples are read, page by page,
/// and sent; the cursor moves when the other side has taken all. A crash in between sends the same samples again (at least once). Samples
/// that are stored later than that are not sent; neither is what is more than a day behind, which is counted and logged.
/// Source: Prometheus Remote-Write 1.0 specification, "Retries & Backoff".
final class RemoteWriter: Sendable {
  /// After a period's end, for what comes late.
  private var delay: Duration { .seconds(target.delay) }
  /// The furthest behind that is caught up with.
  static let furthest = Duration.seconds(86_400)
  /// Periods that are read and sent together.
  private static let periodsAtOnce: Int64 = 5
  private static let seriesAtOnce = 500
  private static let longestWait = Duration.seconds(60)

  let target: RemoteWriteTarget
  private let context: RoomContext
  private let counts: InletCounts
  private let failure = Mutex<String?>(nil)

  init(_ context: RoomContext, _ counts: InletCounts, _ target: RemoteWriteTarget) {
    self.context = context
    self.counts = counts
    self.target = target
  }

  /// Why the last try failed; nil when it did not.
  var lastFailure: String? { failure.withLock { $0 } }

  /// Everything before was written; nil before the first time.
  func cursor() async throws -> Timestamp? {
    let (home, key) = (context.home, target.url)
    return try await context.store.read { try $0.get(RemoteWriteCursor.self, key, in: home)?.through }
  }

  private func save(_ through: Timestamp) async throws {
    let (home, cursor) = (context.home, RemoteWriteCursor(url: target.url, through: through))
    try await context.store.write { _ = try $0.put(cursor, in: home) }
  }

  /// Writes what is due, again and again, until cancelled.
  func run() async throws {
    while !Task.isCancelled {
      try await writeDue()
      let next = floor(context.clock.now() - delay) + .seconds(Int64(target.period)) + delay
      try await context.clock.sleep(until: next)
    }
  }

  private func floor(_ time: Timestamp) -> Timestamp {
    let period = Int64(max(1, target.period))
    return Timestamp(seconds: time.seconds / period * period)
  }

  /// Writes every whole period that has not been written.
  func writeDue() async throws {
    let end = floor(context.clock.now() - delay)
    guard var place = try await cursor() else {
      // What was stored before the first start is not sent.
      return try await save(end)
    }
    let oldest = floor(end - Self.furthest)
    if place < oldest {
      counts.add("remote-write", "skippedSeconds", Int(clamping: (oldest - place).microseconds / 1_000_000), isFault: true)
      context.log.error(
        "metrics were not written to the remote store: they are more than a day behind",
        metadata: ["from": "\(place.iso8601())", "to": "\(oldest.iso8601())"])
      place = oldest
    }
    while place < end {
      let stop = min(end, place + .seconds(Self.periodsAtOnce * Int64(max(1, target.period))))
      try await write(from: place, to: stop)
      try await save(stop)
      place = stop
    }
  }

  private func write(from: Timestamp, to: Timestamp) async throws {
    guard let source = context.invoker.measured else { throw Fault.unavailable("There is no room that stores metrics.") }
    for partition in try await source.measuredPartitions() {
      var query = MeasuredQuery(from: from, to: to, period: target.period, limit: Self.seriesAtOnce)
      repeat {
        let page = try await source.measured(query, in: partition)
        var request = RemoteWriteRequest()
        for series in page.series where !series.points.isEmpty { Self.add(series, partition, to: &request) }
        if request.samples > 0 { try await send(request) }
        query.after = page.next
      } while query.after != nil
    }
  }

  private static func add(_ series: MeasuredSeries, _ partition: Partition, to request: inout RemoteWriteRequest) {
    let labels = PrometheusSeries.labels(series, partition)
    // The average is the sum by the count.
    for statistic in PrometheusStatistic.allCases where statistic != .average {
      request.add(
        PrometheusSeries.name(series, statistic), labels,
        series.points.map { .init(value: statistic.value($0), milliseconds: $0.start.milliseconds) })
    }
  }

  /// Sends until it is taken, or refused for good: then it is counted, logged and left out.
  private func send(_ request: RemoteWriteRequest) async throws {
    var headers = RemoteWriteRequest.headers.map { (name: $0.0, value: $0.1) }
    headers.append(("user-agent", "Martlet"))
    if let authorization = target.authorization { headers.append(("authorization", authorization)) }
    let outgoing = OutboundRequest(url: target.url, headers: headers, body: request.body(), timeout: .seconds(30))
    var wait = Duration.seconds(1)
    while true {
      try Task.checkCancellation()
      let outcome = try await attempt(outgoing)
      switch outcome {
      case .taken:
        failure.withLock { $0 = nil }
        return counts.add("remote-write", "samples", request.samples)
      case .refused(let reason):
        failure.withLock { $0 = reason }
        counts.add("remote-write", "refusedSamples", request.samples, isFault: true)
        return context.log.error("the remote store refused metrics", metadata: ["url": "\(target.url)", "reason": "\(reason)"])
      case .failed(let reason, let asked):
        counts.add("remote-write", "failedRequests", isFault: true)
        let isNew = failure.withLock { failure in
          defer { failure = reason }
          return failure == nil
        }
        if isNew {
          context.log.warning(
            "the remote store did not take metrics; tried again", metadata: ["url": "\(target.url)", "reason": "\(reason)"])
        }
        try await context.clock.sleep(until: context.clock.now() + max(wait, min(asked ?? .zero, Self.longestWait)))
        wait = min(wait * 2, Self.longestWait)
      }
    }
  }

  private enum Outcome {
    case taken
    case refused(String)
    case failed(String, retryAfter: Duration?)
  }

  private func attempt(_ request: OutboundRequest) async throws -> Outcome {
    do {
      let answer = try await context.outbound.send(request)
      if (200..<300).contains(answer.status) { return .taken }
      let reason = "status \(answer.status): \(String(decoding: answer.body.prefix(300), as: UTF8.self))"
      guard answer.status >= 500 || answer.status == 429 else { return .refused(reason) }
      let asked = answer.headers.first { $0.name.lowercased() == "retry-after" }.flatMap { Int64($0.value) }
      return .failed(reason, retryAfter: asked.map { .seconds(min(max($0, 0), 3_600)) })
    } catch let error as OutboundError {
      return .failed(error.reason, retryAfter: nil)
    }
  }
}
