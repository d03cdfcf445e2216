import JSON
import Testing

@Suite struct JSONTextTests {
  @Test(arguments: [
    ("null", "null"), (" true ", "true"), ("false", "false"), ("0", "0"), ("-0", "0"), ("-1", "-1"),
    ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
    ("9223372036854775808", "9223372036854775808"), ("123456789012345678901234567890", "123456789012345678901234567890"),
    ("1.0", "1.0"), ("-0.0", "-0.0"), ("0.25", "0.25"), ("1e10", "1.0E10"), ("9999999.5", "9999999.5"), ("10000000.0", "1.0E7"),
    ("0.001", "0.001"), ("0.00025", "2.5E-4"), ("1e-300", "1.0E-300"), ("5e-324", "4.9E-324"),
    ("1.7976931348623157e308", "1.7976931348623157E308"),
    ("3.141592653589793", "3.141592653589793"), ("100.0", "100.0"), ("123456.75", "123456.75"), ("1E+2", "100.0"),
    ("\"\"", "\"\""), ("\"a\\u00e9\\n\\/\"", "\"aé\\n/\""), ("\"\\ud83d\\ude00\"", "\"😀\""), ("\"\\u001b\\u007f\"", "\"\\u001B\u{7f}\""),
    ("[ ]", "[]"), ("[1 , 2,[3]]", "[1,2,[3]]"), ("{ }", "{}"), ("{\"b\":1,\"a\":{\"c\":[]}}", "{\"b\":1,\"a\":{\"c\":[]}}"),
    ("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"),
  ])
  func writesWhatItReads(input: String, output: String) throws {
    let value = try JSONValue(parsing: input)
    #expect(value.text == output)
    #expect(try JSONValue(parsing: value.bytes) == value)
  }
}

@Suite struct JSONRefusalTests {
  @Test(arguments: [
    ("", 0, "expected a value"), ("  ", 2, "expected a value"), ("nul", 0, "unknown word"), ("[1,]", 3, "expected a value"),
    ("[1 2]", 3, "expected ','"),
    ("{\"a\":1,}", 7, "expected a name"), ("{\"a\" 1}", 5, "expected ':'"), ("{a:1}", 1, "expected a name"),
    ("1 2", 2, "after the document"),
    ("01", 0, "begin with 0"), ("-", 1, "digit"), ("1.", 2, "digit"), ("1e", 2, "digit"), ("+1", 0, "expected a value"),
    (".5", 0, "expected a value"),
    ("1e400", 0, "too large"), ("-1e999999999999999999999", 0, "too large"), ("NaN", 0, "expected a value"), ("\"a", 0, "does not end"),
    ("\"\\", 1, "does not end"), ("\"\\x\"", 1, "unknown escape"), ("\"\\u12g4\"", 1, "four hexadecimal"), ("\"\\ud83d\"", 1, "surrogate"),
    ("\"\\ude00\"", 1, "surrogate"), ("\"\\ud83d\\u0041\"", 1, "surrogate"), ("\"a\nb\"", 2, "control"), ("'a'", 0, "expected a value"),
    ("[1", 2, "expected ','"),
    ("\u{FEFF}1", 0, "byte order mark"), ("// x\n1", 0, "expected a value"), ("1\u{0}", 1, "after the document"),
  ])
  func refuses(input: String, offset: Int, reason: String) throws {
    let error = try #require(throws: JSONParseError.self) { try JSONValue(parsing: input) }
    #expect(error.offset == offset)
    #expect(error.message.contains(reason), "\(error)")
  }

  @Test func namesLineAndColumn() throws {
    let error = try #require(throws: JSONParseError.self) { try JSONValue(parsing: "{\n  \"é\": x}") }
    #expect(error.line == 2 && error.column == 8)
    #expect("\(error)" == "expected a value, found 'x' at line 2, column 8")
  }
}
