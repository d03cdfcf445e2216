import Telemetry
import Testing

@Suite struct StatsDTests {
  private static func line(_ text: String) throws(StatsDLine.Refusal) -> StatsDLine { try StatsDLine(Array(text.utf8)) }

  @Test func linesAreRead() throws {
    let counter = try Self.line("hits:3|c|@0.1|#env:prod,flag,url:http://x:80")
    #expect(counter.name == "hits" && counter.kind == .counter && counter.values == ["3"] && counter.rate == 0.1)
    #expect(counter.tags.map(\.name) == ["env", "flag", "url"])
    #expect(counter.tags.map(\.value) == ["prod", "", "http://x:80"])
    #expect(try Self.line("temp:-4.5|g").values == ["-4.5"])
    #expect(try Self.line("load:1:2:3.5|ms").values == ["1", "2", "3.5"])
    #expect(try Self.line("users:a:b|s").values == ["a:b"])
    #expect(try Self.line("x:1|c|c:ci-123|T1700000000").instant == 1_700_000_000)
    #expect(try Self.line("x:1e3|h").kind == .histogram)
  }

  @Test(arguments: [
    "", "x", "x:1", ":1|c", "x:|c", "x:1|", "x:abc|c", "x:1|c|@0", "x:1|c|@2", "x:1|c|@nan", "x:1|c|@1e-12", "x:1e200|g",
    "x:nan|g", "x:inf|g", "x:1e999|c", "x:1::2|ms",
    "x:1|c|T-5", "x:0x10|c",
  ])
  func malformedLinesAreRefused(_ text: String) {
    #expect(throws: StatsDLine.Refusal.malformed) { try Self.line(text) }
  }

  @Test(arguments: ["_e{5,4}:title|text", "_sc|check|0", "x:1|q"])
  func whatIsNoMetricIsUnsupported(_ text: String) {
    #expect(throws: StatsDLine.Refusal.unsupported) { try Self.line(text) }
  }

  @Test func longLinesAndManyTagsAreRefused() {
    #expect(throws: StatsDLine.Refusal.malformed) { try Self.line(String(repeating: "x", count: 8_192) + ":1|c") }
    #expect(throws: StatsDLine.Refusal.malformed) { try Self.line("x:1|c|#" + (0..<65).map { "t\($0):1" }.joined(separator: ",")) }
  }

  @Test func damagedLinesAreReadOrRefused() {
    var random = Seeded(seed: 5)
    let good = Array("page.views:12:-3.5|ms|@0.25|#env:prod,tier:1|T1700000000".utf8)
    for _ in 0..<50_000 {
      var bytes = good
      for _ in 0...Int(random.next() % 3) { bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next()) }
      if let line = try? StatsDLine(bytes) {
        #expect(line.rate > 0 && line.rate <= 1 && line.tags.count <= StatsDLine.mostTags)
      }
    }
  }
}
