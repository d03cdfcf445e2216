import CloudWatch
import FoundationEssentials
import JSON
import RemoteWrite
import Series
import ServiceKit
import TestKit
import Testing
import Time
import Wire

private func varint(_ value: UInt64) -> [UInt8] { value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7) }
private func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] { varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes }

/// A WriteRequest by hand: series with their labels, samples with seconds before the clock.
private func request(_ series: [(labels: [(String, String)], samples: [(Timestamp, Double)])]) -> [UInt8] {
  series.flatMap { entry -> [UInt8] in
    let labels = entry.labels.flatMap { field(1, field(1, Array($0.0.utf8)) + field(2, Array($0.1.utf8))) }
    let samples = entry.samples.flatMap { time, value in
      field(
        2,
        [0x09] + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } + [0x10] + varint(UInt64(bitPattern: time.milliseconds)))
    }
    return field(1, labels + samples)
  }
}

@Suite("Remote write")
struct RemoteWriteInletTests {
  let house: TestHouse
  let engine: MetricEngine
  let inlet: RemoteWriteInlet

  init() async throws {
    let folder = "/tmp/martlet-remote-write-\(UInt64.random(in: 0...UInt64.max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    house = try TestHouse()
    let engine = try MetricEngine(directory: folder, clock: house.clock)
    self.engine = engine
    try await house.open { CloudWatch($0, engine: engine) }
    inlet = RemoteWriteInlet(house.context, engine: engine, longest: 100_000)
  }

  private func send(_ body: [UInt8], headers: [(String, String)] = [], packed: Bool = true) async -> (status: Int, text: String) {
    let request = WireRequest(
      method: "POST", path: RemoteWriteInlet.path, headers: headers.map { (name: $0.0, value: $0.1) },
      body: packed ? SnappyBlock.pack(body) : body)
    let call = CallContext(caller: .root(account: "123456789012", region: "eu-central-1"), requestID: "r", now: house.clock.now())
    let answer = await inlet.answer(request, call)
    return (answer.status, String(decoding: answer.body, as: UTF8.self))
  }

  private func found() -> [SeriesInfo] {
    engine.scopes.flatMap {
      engine.series(scope: $0, namespace: nil, name: nil, dimensions: [], activeSince: nil, after: nil, limit: 100)
    }
  }

  @Test("samples become metrics, by the second; a repeated request changes nothing")
  func stores() async throws {
    let now = house.clock.now()
    let body = request([
      ([("__name__", "up"), ("job", "node"), ("empty", "")], [(now - .seconds(20), 1), (now - .seconds(10), 0)]),
      ([("__name__", "up"), ("__namespace__", "Edge"), ("job", "node")], [(now, 4)]),
      ([("__name__", "gone")], [(now, .nan), (now, .infinity)]),
    ])
    for _ in 0..<2 { #expect(await send(body).status == 204) }
    #expect(found().map(\.key.namespace).sorted() == ["Edge", "Prometheus"])
    let key = try #require(found().map(\.key).first { $0.namespace == "Prometheus" })
    #expect(key.name == "up" && key.dimensions == [Dimension(name: "job", value: "node")])
    let buckets = try engine.buckets(key, from: now - .seconds(60), to: now + .seconds(60), period: 1, unit: nil)
    #expect(buckets.map(\.sum) == [1, 0] && buckets.map(\.count) == [1, 1])
  }

  @Test("what can not be stored is named, the rest is stored")
  func partly() async throws {
    let now = house.clock.now()
    let many = (0..<31).map { ("l\($0)", "v") }
    for (labels, reason) in [
      ([("__name__", "wide")] + many, "31 labels"), ([("job", "x")], "without __name__"),
      ([("__name__", "long"), ("a", String(repeating: "x", count: 1_025))], "longer than 1,024"),
      ([("__name__", "twice"), ("a", "1"), ("a", "2")], "twice"),
    ] {
      let answer = await send(request([(labels, [(now, 1)]), ([("__name__", "good")], [(now, 1)])]))
      #expect(answer.status == 400 && answer.text.contains(reason), "\(answer.text)")
    }
    let late = await send(request([([("__name__", "good")], [(now + .seconds(8_000), 1)])]))
    #expect(late.status == 400 && late.text.contains("two hours"))
    #expect(found().map(\.key.name) == ["good"])
  }

  @Test("what is no request is refused by name")
  func refused() async {
    let body = request([([("__name__", "up")], [(house.clock.now(), 1)])])
    #expect(await send(body, packed: false).status == 400)
    #expect(await send([0xFF, 0xFF, 0xFF]).status == 400)
    #expect(await send(Array(repeating: 0, count: 100_001)).text.contains("longer than 100000"))
    let second = await send(body, headers: [("content-type", "application/x-protobuf;proto=io.prometheus.write.v2.Request")])
    #expect(second.status == 415 && second.text.contains("2.0"))
    #expect(await send(body, headers: [("content-type", "application/json")]).status == 415)
    #expect(await send(body, headers: [("content-encoding", "gzip")]).status == 415)
    #expect(found().isEmpty)
  }
}
