import LogsInsights
import Testing

@Suite struct ByteRegexTests {
  private func found(_ pattern: String, _ text: String) throws -> [String] {
    let bytes = Array(text.utf8)
    return try bytes.withUnsafeBufferPointer { buffer in
      try ByteRegex(pattern).ranges(in: buffer).map { String(decoding: bytes[$0], as: UTF8.self) }
    }
  }

  @Test func allMatchesAreFound() throws {
    #expect(try found(#"\b\d+\b"#, "1 22x 333 é 4444") == ["1", "333", "4444"])
    #expect(try found("<([a-z]+)>", "<a><B><cd>") == ["a", "cd"])
    #expect(try found("x*", "aaa") == [])
  }

  /// Long texts are searched piece by piece, and matches over the borders are whole.
  @Test(arguments: [4_090, 4_094, 4_096, 8_190, 12_286]) func bordersHideNothing(length: Int) throws {
    let padding = String(repeating: "-", count: length)
    #expect(try found("[a-z]+@[a-z]+", "\(padding)kim@example\(padding)a@b") == ["kim@example", "a@b"])
    #expect(try found("BEGIN[^!]*!", "\(padding)BEGIN\(String(repeating: "x", count: 1_500))!").map(\.count) == [1_506])
  }

  @Test func tooManyMatchesAreOneInTheEnd() throws {
    let matches = try found("a", String(repeating: "a-", count: 20_000))
    #expect(matches.count == 10_001 && matches.last?.count == 20_001)
  }
}
