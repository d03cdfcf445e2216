import Gzip
import Testing

@Suite struct GzipTests {
  @Test(arguments: [0, 1, 100, 70_000, 1_000_000]) func whatIsCompressedIsExpanded(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    let packed = try Gzip.compress(bytes)
    #expect(packed.starts(with: [0x1F, 0x8B]))
    #expect(try Gzip.expand(packed, limit: count) == bytes)
  }

  @Test func membersFollowEachOther() throws {
    let packed = try Gzip.compress(Array("one,".utf8)) + Gzip.compress(Array("two".utf8))
    #expect(try Gzip.expand(packed, limit: 100) == Array("one,two".utf8))
  }

  @Test func aBombIsRefused() throws {
    let packed = try Gzip.compress([UInt8](repeating: 0, count: 10_000_000))
    #expect(throws: GzipError.self) { try Gzip.expand(packed, limit: 1_000_000) }
  }

  @Test func damageIsTold() throws {
    let packed = try Gzip.compress(Array("a text that is long enough".utf8))
    #expect(throws: GzipError.self) { try Gzip.expand(Array(packed.dropLast(9)), limit: 1_000) }
    #expect(throws: GzipError.self) { try Gzip.expand(Array("no gzip at all".utf8), limit: 1_000) }
    #expect(throws: GzipError.self) { try Gzip.expand([], limit: 1_000) }
  }
}
