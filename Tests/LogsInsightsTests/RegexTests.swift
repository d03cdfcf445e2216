import JSON
import LogsInsights
import Testing

@Suite struct RegexTests {
  private func matches(_ pattern: String, _ text: String) throws -> Bool {
    let escaped = pattern.replacing("/", with: "\\/")
    let scan = Scan(try Plan("filter @message like /\(escaped)/ | stats count(*) as n", options()))
    try fill(scan, [Event(time: 1, message: text)])
    return try rows(scan) == [["n": "1"]]
  }

  /// The same by the groups, which are found in another way.
  private func captures(_ pattern: String, _ text: String) throws -> Bool {
    let escaped = pattern.replacing("/", with: "\\/")
    let scan = Scan(try Plan("parse @message /(?<all>\(escaped))/ | filter ispresent(all) | stats count(*) as n", options()))
    try fill(scan, [Event(time: 1, message: text)])
    return try rows(scan) == [["n": "1"]]
  }

  @Test func expressions() throws {
    for one in try cases("regex.json") {
      let pattern = try #require(one["pattern"]?.string)
      for text in one["matches"]?.array ?? [] {
        #expect(try matches(pattern, text.string ?? ""), "\(pattern) on \(text.text)")
        #expect(try captures(pattern, text.string ?? ""), "\(pattern) on \(text.text)")
      }
      for text in one["misses"]?.array ?? [] {
        #expect(try !matches(pattern, text.string ?? ""), "\(pattern) on \(text.text)")
        #expect(try !captures(pattern, text.string ?? ""), "\(pattern) on \(text.text)")
      }
    }
  }

  private func groups(_ pattern: String, _ text: String) throws -> [String: String] {
    let scan = Scan(try Plan("fields 1 as one | parse @message /\(pattern)/", options()))
    try fill(scan, [Event(time: 1, message: text)])
    var row = try #require(try rows(scan).first)
    row["one"] = nil
    return row
  }

  @Test func groupsAreThoseOfBacktracking() throws {
    #expect(try groups("(?<a>a|ab)(?<b>c|bcd)?(?<c>d*)", "xabcd") == ["a": "a", "b": "bcd", "c": ""])
    #expect(try groups("(?<a>x*?)(?<b>x*)", "xxx") == ["a": "", "b": "xxx"])
    #expect(try groups("(?:(?<a>\\w)-?)+", "p-q-r") == ["a": "r"])
    #expect(try groups("k=(?<v>[^ ]*)", "a k=ä b") == ["v": "ä"])
  }

  @Test(.timeLimit(.minutes(1)))
  func catastrophicExpressionsAreLinear() throws {
    let text = String(repeating: "a", count: 20_000)
    #expect(try !matches("(a+)+$b", text))
    #expect(try !matches("(a|a)*b", text))
    #expect(try !matches("(a*)*(a*)*(a*)*c", text))
    #expect(try !matches("(x+x+)+y", String(repeating: "x", count: 20_000)))
    #expect(try !captures("(a+)+b", text))
    // More states than the table holds.
    #expect(try !matches("(a|b)*a(a|b){18}c", String(repeating: "ab", count: 5_000)))
  }

  @Test func hugeExpressionsAreRefused() {
    for pattern in ["((a{100}){100}){100}", "(((((x{1000}){1000}){1000})))", String(repeating: "(", count: 3_000), "a{1001}"] {
      #expect(throws: QueryError.self, "\(pattern.prefix(30))") { try Plan("filter a like /\(pattern)/", options()) }
    }
  }
}
