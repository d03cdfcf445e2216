import JSON
import ServiceKit
import Time

/// What came in by which protocol, and how far metrics were written to another store. Beyond AWS.
struct DescribeInlets: AsyncOperation {
  struct Output: Shape {
    var counts: [Count]
    var statsD: StatsD?
    var remoteWrite: RemoteWrite?
  }
  struct Count: Shape {
    var inlet: String
    var event: String
    var count: Int
  }
  struct StatsD: Shape {
    var namespace: String
    var intervalSeconds: Double
    /// Series that hold samples for the next flush.
    var series: Int
  }
  struct RemoteWrite: Shape {
    var url: String
    var periodSeconds: Int
    /// Everything before was written; nil before the first time.
    var writtenThrough: Timestamp?
    var secondsBehind: Double?
    /// Why the last try failed; nil when it did not.
    var lastFailure: String?
  }

  static func run(_ input: Empty, _ call: AsyncCall<Inlets>) async throws -> Output {
    let room = call.room
    let counts = room.counts.all.map { Count(inlet: $0.inlet, event: $0.event, count: $0.count) }
    let statsD =
      room.configuration.listensForStatsD
      ? StatsD(
        namespace: room.configuration.statsDNamespace, intervalSeconds: room.configuration.statsDInterval.secondsAsDouble,
        series: room.statsD.seriesCount) : nil
    var remoteWrite: RemoteWrite?
    if let writer = room.writer {
      let through = try await writer.cursor()
      remoteWrite = RemoteWrite(
        url: writer.target.url, periodSeconds: writer.target.period, writtenThrough: through,
        secondsBehind: through.map { max(0, (call.now - $0).secondsAsDouble) }, lastFailure: writer.lastFailure)
    }
    return Output(counts: counts, statsD: statsD, remoteWrite: remoteWrite)
  }
}
