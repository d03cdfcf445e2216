import Inlets
import JSON
import ServiceKit
import Store
import Synchronization
import TestKit
import Testing
import Time
import Wire

/// Series as a room that stores metrics would answer them.
final class PlayedSource: MetricSource {
  let series: Mutex<[MeasuredSeries]>
  let pageSize: Int

  init(_ series: [MeasuredSeries], pageSize: Int = 2) {
    self.series = Mutex(series)
    self.pageSize = pageSize
  }

  func measuredPartitions() async throws -> [Partition] { [TestHouse.partition] }

  func measured(_ query: MeasuredQuery, in partition: Partition) async throws -> MeasuredPage {
    let all = series.withLock { $0 }.filter { query.wants($0.place.namespace, $0.place.name) }
    let begin = query.after.flatMap { after in all.firstIndex { $0.place == after } }.map { $0 + 1 } ?? 0
    let page = all.dropFirst(begin).prefix(min(pageSize, query.limit))
    let cut = page.map { series in
      var series = series
      series.points = series.points.filter { $0.start >= query.from && $0.start < query.to }
      return series
    }
    return MeasuredPage(series: cut, next: begin + page.count < all.count ? page.last?.place : nil)
  }
}

@Suite struct PrometheusOutTests {
  private static func series(_ name: String, at times: [Timestamp], dimensions: [(String, String)] = []) -> MeasuredSeries {
    MeasuredSeries(
      place: MeasuredPlace(namespace: "App", name: name, dimensions: dimensions.map { .init(name: $0.0, value: $0.1) }), unit: nil,
      points: times.map { .init(start: $0, count: 2, sum: 6, min: 1, max: 5) })
  }

  @Test func latestValuesAreText() async throws {
    let inlet = try await InletHouse()
    let now = inlet.house.clock.now()
    let source = PlayedSource([
      Self.series("Loss", at: [now - .seconds(120), now - .seconds(60)], dimensions: [("ModelName", "a\"b"), ("region", "x")]),
      Self.series("Other", at: []),
    ])
    inlet.house.invoker.provide(measured: source)
    let answer = await inlet.request("/_martlet/metrics", method: "GET", query: "namespace=App&statistic=Average&statistic=SampleCount")
    #expect(answer.status == 200)
    let text = String(decoding: answer.body, as: UTF8.self)
    let labels = #"{account_id="000000000000",model_name="a\"b",region="eu-central-1",region_="x"}"#
    let at = (now - .seconds(60)).milliseconds
    #expect(text.contains("# TYPE app_loss_average gauge\napp_loss_average\(labels) 3 \(at)\n"))
    #expect(text.contains("app_loss_sample_count\(labels) 2 \(at)\n"))
    #expect(!text.contains("app_loss_sum") && !text.contains("other") && text.contains("martlet_exposition_truncated 0\n"))
    let open = await inlet.request(
      "/_martlet/metrics", method: "GET", query: "namespace=App", headers: [("accept", "application/openmetrics-text")])
    #expect(String(decoding: open.body, as: UTF8.self).hasSuffix("# EOF\n"))
    let limited = await inlet.request("/_martlet/metrics", method: "GET", query: "namespace=A*&limit=1")
    #expect(String(decoding: limited.body, as: UTF8.self).contains("martlet_exposition_truncated 1\n"))
  }

  @Test(arguments: ["statistic=p99", "period=7", "limit=0", "limit=99999999999999999999", "other=1", "namespace=%zz", "period=-60"])
  func wrongQueriesAreRefused(_ query: String) async throws {
    let inlet = try await InletHouse()
    inlet.house.invoker.provide(measured: PlayedSource([]))
    #expect(await inlet.request("/_martlet/metrics", method: "GET", query: query).status == 400)
  }

  private static func writing(_ source: PlayedSource) async throws -> InletHouse {
    var configuration = InletConfiguration()
    configuration.remoteWrite = RemoteWriteTarget(url: "http://store/api/v1/write", authorization: "Basic eA==")
    let inlet = try await InletHouse(configuration)
    inlet.house.invoker.provide(measured: source)
    return inlet
  }

  @Test func periodsAreWrittenOnceTheyAreOver() async throws {
    let source = PlayedSource([])
    let inlet = try await Self.writing(source)
    let (house, room) = (inlet.house, inlet.room)
    let start = house.clock.now()
    source.series.withLock {
      $0 = (0..<5).map { Self.series("M\($0)", at: [start - .seconds(60), start, start + .seconds(60), start + .seconds(120)]) }
    }
    // What was before the first start is not sent.
    try await room.writeDue()
    #expect(house.seen.requests.isEmpty)
    house.clock.advance(by: .seconds(89))
    try await room.writeDue()
    #expect(house.seen.requests.count == 3, "the minute before the start, which ended after it")
    house.clock.advance(by: .seconds(1))
    try await room.writeDue()
    #expect(house.seen.requests.count == 6, "five series, two a page")
    try await room.writeDue()
    #expect(house.seen.requests.count == 6)
    let request = try #require(house.seen.requests.first)
    #expect(request.headers.contains { $0.name == "content-encoding" && $0.value == "snappy" })
    #expect(request.headers.contains { $0.name == "authorization" && $0.value == "Basic eA==" })
    let described = try await house.call("inlets", "DescribeInlets")
    #expect(described["remoteWrite"]?["writtenThrough"]?.double == (start + .seconds(60)).epochSeconds)
    #expect(room.counts.count("remote-write", "samples") == 40)
  }

  @Test func aStoreThatIsAwayIsCaughtUpWith() async throws {
    let source = PlayedSource([])
    let inlet = try await Self.writing(source)
    let (house, room) = (inlet.house, inlet.room)
    let start = house.clock.now()
    source.series.withLock { $0 = [Self.series("M", at: (0..<60).map { start + .seconds($0 * 60) })] }
    try await room.writeDue()
    let answers = Mutex([503, 429, 200])
    house.seen.answer { _ in
      let status = answers.withLock { $0.isEmpty ? 200 : $0.removeFirst() }
      if status == 503 { throw OutboundError("refused") }
      return OutboundResponse(status: status, headers: [(name: "Retry-After", value: "7")])
    }
    house.clock.advance(by: .seconds(600))
    let writing = Task { try await room.writeDue() }
    // One second after the first failure, seven after the second, which asked for them.
    for wait: Int64 in [1, 7] {
      while house.clock.sleeping == 0 { await Task.yield() }
      let due = try #require(house.clock.nextDeadline)
      #expect((due - house.clock.now()) == .seconds(wait))
      house.clock.advance(to: due)
    }
    try await writing.value
    #expect(room.counts.count("remote-write", "failedRequests") == 2)
    // The first request again and again, then the rest of ten minutes, five at once.
    #expect(room.counts.count("remote-write", "samples") == 10 * 4 - 4)
  }

  @Test func whatIsRefusedForGoodIsLeftOut() async throws {
    let source = PlayedSource([])
    let inlet = try await Self.writing(source)
    let start = inlet.house.clock.now()
    source.series.withLock { $0 = [Self.series("M", at: [start])] }
    try await inlet.room.writeDue()
    inlet.house.seen.answer { _ in OutboundResponse(status: 400, body: Array("out of order sample".utf8)) }
    inlet.house.clock.advance(by: .seconds(100))
    try await inlet.room.writeDue()
    #expect(inlet.room.counts.count("remote-write", "refusedSamples") == 4)
    let described = try await inlet.house.call("inlets", "DescribeInlets")
    #expect(described["remoteWrite"]?["lastFailure"]?.string?.contains("out of order sample") == true)
    #expect(described["remoteWrite"]?["secondsBehind"]?.double == 40)
  }

  @Test func moreThanADayBehindIsSkippedAndTold() async throws {
    let inlet = try await Self.writing(PlayedSource([]))
    try await inlet.room.writeDue()
    inlet.house.clock.advance(by: .seconds(3 * 86_400))
    try await inlet.room.writeDue()
    #expect(inlet.room.counts.count("remote-write", "skippedSeconds") == 2 * 86_400)
  }
}
