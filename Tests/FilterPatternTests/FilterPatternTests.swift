import FilterPattern
import Testing

@Suite struct FilterPatternTests {
  @Test func tellsItsKind() throws {
    #expect(try FilterPattern("ERROR").kind == .terms && !FilterPattern("%a%").supportsDimensions)
    #expect(try FilterPattern(" { $.a = 1 }").kind == .json && FilterPattern("{ $.a = 1 }").supportsDimensions)
    #expect(try FilterPattern("[a]").kind == .columns && FilterPattern("[a]").supportsDimensions)
    #expect(try FilterPattern("{ $.a = %x% && $.b = %y% }").regularExpressions == 2)
    #expect(try FilterPattern("ERROR").regularExpressions == 0)
  }

  @Test func wordsErrorsForItsUse() throws {
    let error = try #require(throws: FilterPatternError.self) { try FilterPattern("\"ERROR") }
    #expect(error.message(for: .metricFilter) == "Invalid metric filter pattern")
    #expect(error.message(for: .search) == "Invalid filter pattern")
    #expect(error.reason == "the quotation does not end" && error.offset == 0)
    let character = try #require(throws: FilterPatternError.self) { try FilterPattern("ERROR: x") }
    #expect(character.message(for: .search) == "Invalid character(s) in term ':'" && character.offset == 5)
  }

  @Test func quotasCanBeLifted() throws {
    #expect(try FilterPattern("{ $.items[*].* = 1 }", quotas: .unlimited).matches(#"{"items":[{"a":0},{"b":1}]}"#))
    #expect(try FilterPattern("%a% %b% %c%", quotas: .unlimited).matches("c b a"))
  }

  @Test(
    arguments: [
      ("1", 1.0, "1"), ("-2.5e1", -25.0, "-2.5e1"), ("$.latency", 50.5, "50.5"), ("$.nested[1]", 7.0, "7"), ("$.text", 12.0, "12"),
      ("$.word", nil, "slow"),
      ("$.none", nil, nil), ("$.null", nil, nil), ("$.nested", nil, nil), ("$column", nil, nil),
    ] as [(String, Double?, String?)])
  func valuesOfJSON(selector: String, number: Double?, text: String?) throws {
    let message = #"{"latency":50.5,"nested":[6,7],"text":"12","word":"slow","null":null}"#
    let match = try #require(try FilterPattern("{ $.latency = * }").match(message))
    #expect(try match.number(of: FilterSelector(selector)) == number)
    #expect(try match.text(of: FilterSelector(selector)) == text)
  }

  @Test(
    arguments: [
      ("1", 1.0, "1"), ("$size", 1534.0, "1534"), ("$status", 404.0, "404"), ("$2", nil, "frank"), ("$9", nil, nil), ("$.size", nil, nil),
    ] as [(String, Double?, String?)])
  func valuesOfColumns(selector: String, number: Double?, text: String?) throws {
    let match = try #require(try FilterPattern("[ip, ..., status, size]").match("10.0.0.1 frank 404 1534"))
    #expect(try match.number(of: FilterSelector(selector)) == number)
    #expect(try match.text(of: FilterSelector(selector)) == text)
  }

  @Test(arguments: ["", "x", "1x", "1e999", "$", "$.", "$.a b", "$a b", "$.a = 1", "NaN", "$.a["])
  func refusesSelectors(text: String) {
    #expect(throws: FilterPatternError.self) { try FilterSelector(text) }
  }

  /// Expressions on which engines that try one way after another take exponential time.
  @Test(arguments: ["%^a*a*a*a*a*a*a*a*b$%", "%a{0,30}a{30}b%", "%^.*.*.*.*.*.*=.*$%", "%x.{400}y%"])
  func takesLinearTime(expression: String) throws {
    let pattern = try FilterPattern(expression)
    #expect(!pattern.matches(String(repeating: "a", count: 20_000)))
  }

  @Test func cutsHostileMessagesInLinearTime() throws {
    let pattern = try FilterPattern("[a, ..., z = 9]")
    #expect(!pattern.matches(String(repeating: "[ ", count: 50_000) + "]x"))
    #expect(!pattern.matches(String(repeating: "\"a ", count: 50_000)))
    #expect(!pattern.matches(String(repeating: "[a]b ", count: 50_000)))
  }

  @Test func refusesWhatIsNotUTF8WithoutHarm() throws {
    for bytes in [[0xFF], [0xC3], [0x80, 0x80], [0x7B, 0x22, 0xC3, 0x22, 0x3A, 0x31, 0x7D]] as [[UInt8]] {
      for pattern in ["x", "%.%", "{ $.a = 1 }", "[a = %.%]"] { _ = try FilterPattern(pattern).matches(bytes) }
    }
  }
}
