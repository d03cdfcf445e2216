import Inlets
import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct StatsDInletTests {
  private static func open() async throws -> InletHouse {
    var configuration = InletConfiguration()
    configuration.listensForStatsD = true
    return try await InletHouse(configuration)
  }

  private static func flush(_ inlet: InletHouse, _ datagrams: String...) async -> [MetricDatum] {
    let before = inlet.house.seen.metrics.count
    for text in datagrams { inlet.room.statsD.receive(Array(text.utf8)) }
    await inlet.room.statsD.flush()
    return Array(inlet.house.seen.metrics.dropFirst(before))
  }

  @Test func countersAreSummedUpAndBeginAnew() async throws {
    let inlet = try await Self.open()
    let first = await Self.flush(inlet, "hits:1|c\nhits:2|c|@0.5|#env:prod\r\nhits:3|c", "hits:1|c|#env:prod")
    let plain = try #require(first.first { $0.dimensions == ["metric_type": "counter"] })
    #expect(plain.value == 4 && plain.namespace == "CWAgent" && plain.name == "hits" && plain.time == inlet.house.clock.now())
    #expect(first.first { $0.dimensions["env"] == "prod" }?.value == 5)
    #expect(await Self.flush(inlet).isEmpty)
    #expect(await Self.flush(inlet, "hits:2|c").map(\.value) == [2])
  }

  @Test func gaugesChangeAndStand() async throws {
    let inlet = try await Self.open()
    #expect(await Self.flush(inlet, "load:10|g", "load:-3|g", "load:+1.5|g").map(\.value) == [8.5])
    #expect(await Self.flush(inlet, "load:+1|g").map(\.value) == [9.5])
    #expect(await Self.flush(inlet, "load:4|g").map(\.value) == [4])
  }

  @Test func timersKeepTheirValues() async throws {
    let inlet = try await Self.open()
    let data = await Self.flush(inlet, "t:10|ms", "t:20:20|ms|@0.1", "h:1|h", "d:2|d")
    let timer = try #require(data.first { $0.name == "t" })
    #expect(timer.values == [.init(10, 1), .init(20, 20)] && timer.unit == "Milliseconds" && timer.dimensions["metric_type"] == "timing")
    #expect(data.first { $0.name == "h" }?.dimensions["metric_type"] == "histogram")
    #expect(data.first { $0.name == "d" }?.dimensions["metric_type"] == "distribution")
  }

  @Test func manyValuesTakeBoundedRoom() async throws {
    let inlet = try await Self.open()
    for number in 1...20_000 { inlet.room.statsD.receive(Array("t:\(Double(number) / 7)|ms".utf8)) }
    let values = try #require(await Self.flush(inlet).first?.values)
    #expect(values.count <= 150)
    #expect(values.reduce(0) { $0 + $1.count } == 20_000)
    let sum = values.reduce(0) { $0 + $1.count * $1.value }
    let exact = 20_000.0 * 20_001 / 2 / 7
    #expect(abs(sum - exact) / exact < 0.02)
  }

  @Test func aSetIsTheNumberOfItsMembers() async throws {
    let inlet = try await Self.open()
    #expect(await Self.flush(inlet, "users:a|s", "users:b|s", "users:a|s").map(\.value) == [2])
    #expect(await Self.flush(inlet, "users:a|s").map(\.value) == [1])
  }

  @Test func whatIsNoLineIsCounted() async throws {
    let inlet = try await Self.open()
    let data = await Self.flush(inlet, "good:1|c\nbad\n_e{1,1}:a|b\n\n", "\u{0}:1|c")
    #expect(data.map(\.name).sorted() == ["_", "good"])
    #expect(inlet.room.counts.count("statsd", "malformedLines") == 1 && inlet.room.counts.count("statsd", "unsupportedLines") == 1)
    #expect(inlet.room.counts.exposition().contains("martlet_inlet_events_total{inlet=\"statsd\",event=\"lines\"} 2"))
  }

  @Test func seriesAreBounded() async throws {
    let inlet = try await Self.open()
    for number in 0..<100_010 { inlet.room.statsD.receive(Array("m\(number):1|c".utf8)) }
    #expect(inlet.room.counts.count("statsd", "droppedLines") == 10)
    #expect(await Self.flush(inlet).count == 100_000)
  }

  @Test func tagsAreBoundedAndMayHaveNoValue() async throws {
    let inlet = try await Self.open()
    let tags = (0..<40).map { "t\($0):v" }.joined(separator: ",")
    let data = await Self.flush(inlet, "m:1|c|#flag,\(tags)")
    #expect(data.first?.dimensions.count == 30 && data.first?.dimensions["flag"] == "true")
    #expect(data.first?.dimensions["metric_type"] == "counter")
  }

  @Test func documentsOfTheAgentsEndpointBecomeEvents() async throws {
    let inlet = try await InletHouse()
    let time = inlet.house.clock.now().milliseconds
    let named = #"{"_aws":{"Timestamp":\#(time),"LogGroupName":"app","LogStreamName":"one","CloudWatchMetrics":[]},"x":1}"#
    await inlet.room.agent.receive([named, #"{"_aws":{"CloudWatchMetrics":[]}}"#, "{", #"{"x":1}"#, " "].map { Array($0.utf8) })
    #expect(inlet.house.seen.lines("app", "one") == [named])
    #expect(inlet.house.seen.lines("/metrics/default", "default").count == 1)
    #expect(inlet.room.counts.count("emf", "malformedDocuments") == 2 && inlet.room.counts.count("emf", "documents") == 2)
  }
}
