import FilterPattern
import Foundation
import JSON
import Testing

/// The cases of Tests/Fixtures/filter-pattern.
private func cases(_ file: String) throws -> [JSONValue] {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/filter-pattern")
  return try JSONValue(parsing: Array(Data(contentsOf: folder.appending(path: file)))).array ?? []
}

@Suite struct FilterPatternCases {
  @Test(arguments: ["terms.json", "regex.json", "json.json", "columns.json"])
  func matches(file: String) throws {
    let cases = try cases(file)
    #expect(cases.count > 10)
    for one in cases {
      let text = try #require(one["pattern"]?.string)
      let pattern = try #require(try? FilterPattern(text), "\(text)")
      for message in one["matches"]?.array ?? [] { #expect(pattern.matches(message.string ?? ""), "\(text) on \(message.text)") }
      for message in one["misses"]?.array ?? [] { #expect(!pattern.matches(message.string ?? ""), "\(text) on \(message.text)") }
      for message in (one["matches"]?.array ?? []) + (one["misses"]?.array ?? []) {
        let message = message.string ?? ""
        #expect((pattern.match(message) != nil) == pattern.matches(Array(message.utf8)), "\(text) on \(message)")
      }
    }
  }

  @Test func extractedValues() throws {
    for one in try cases("values.json") {
      let text = try #require(one["pattern"]?.string)
      let match = try #require(try FilterPattern(text).match(one["message"]?.string ?? ""), "\(text)")
      let expected = Dictionary(uniqueKeysWithValues: (one["values"]?.object ?? [:]).map { ($0.key, $0.value.string ?? "") })
      #expect(match.extractedValues == expected, "\(text)")
    }
  }

  @Test func invalid() throws {
    for one in try cases("invalid.json") {
      let text = try #require(one["pattern"]?.string)
      let error = #expect(throws: FilterPatternError.self, "\(text)") { try FilterPattern(text) }
      #expect(error?.message(for: .metricFilter) == one["message"]?.string, "\(text): \(error?.description ?? "")")
      #expect((0...text.utf8.count).contains(error?.offset ?? 0), "\(text)")
    }
  }

  /// Every beginning of every pattern is a pattern or is refused.
  @Test(arguments: ["terms.json", "regex.json", "json.json", "columns.json", "invalid.json"])
  func survivesTruncation(file: String) throws {
    for one in try cases(file) {
      let text = Array((one["pattern"]?.string ?? "").unicodeScalars)
      for length in 0..<text.count {
        var part = String.UnicodeScalarView()
        part.append(contentsOf: text[..<length])
        if let pattern = try? FilterPattern(String(part)) { _ = pattern.matches(#"{"a":"127 [x] \"y\""}"#) }
      }
    }
  }
}
