import JSON
import Testing

@Suite struct JSONNumberTests {
  /// Every double reads back as itself and takes no more digits than Swift's description of it.
  private func check(_ value: Double) throws {
    let text = JSONValue.double(value).text
    let back = try JSONValue(parsing: text)
    guard case .double(let read) = back else {
      Issue.record("\(text) is no double")
      return
    }
    #expect(read.bitPattern == value.bitPattern, "\(text)")
    func digits(_ text: String) -> String {
      let digits = text.prefix { $0 != "e" && $0 != "E" }.filter(\.isNumber).drop { $0 == "0" }
      return String(digits.reversed().drop { $0 == "0" }.reversed())
    }
    if value.magnitude >= .leastNormalMagnitude || value == 0 { #expect(digits(text) == digits(value.description), "\(text)") }
  }

  @Test func randomDoublesSurvive() throws {
    var random = Seeded(state: 2)
    for _ in 0..<30_000 {
      let value = Double(bitPattern: random.next())
      if value.isFinite { try check(value) }
    }
  }

  /// Below a power of two doubles lie half as far apart as above it.
  @Test func neighboursOfPowersOfTwoSurvive() throws {
    for exponent in 1...2_046 as ClosedRange<UInt64> {
      let power = Double(bitPattern: exponent << 52)
      for value in [power, power.nextUp, power.nextDown, power.nextDown.nextDown] { try check(value) }
    }
  }

  @Test func wholeDoublesSurvive() throws {
    var value = 1.0
    while value < 1e23 {
      for near in [value, value - 1, value + 1, value * 3, value / 3] { try check(near) }
      value *= 10
    }
  }

  @Test func everydayDoublesSurvive() throws {
    var random = Seeded(state: 3)
    for places in 0...18 {
      for _ in 0..<1_000 {
        let digits =
          Int64.random(in: -1_000_000_000_000_000...1_000_000_000_000_000, using: &random) / (Int64(1) << Int64(random.next() % 50))
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        try check(Double(digits) / scale)
      }
    }
    for edge in [
      1e-3, 1e7, 1e15, 1e16, 1e21, 1e22, 1e23, 0.3, 2.0 / 3, 9_007_199_254_740_992, .leastNonzeroMagnitude, .leastNormalMagnitude,
      .greatestFiniteMagnitude, .pi,
    ] {
      for value in [edge, edge.nextUp, edge.nextDown, -edge] where value.isFinite { try check(value) }
    }
  }

  /// Decimal texts of any length and exponent are rounded as the C library does, which rounds correctly.
  @Test func readsDecimalsAsTheNearestDouble() throws {
    var random = Seeded(state: 4)
    func digits(_ count: Int) -> String { String((0..<count).map { _ in Character(String(random.next() % 10)) }) }
    for _ in 0..<40_000 {
      var text = random.next() % 2 == 0 ? "-" : ""
      text += random.next() % 3 == 0 ? "0" : "\(1 + random.next() % 9)" + digits(Int(random.next() % 20))
      text += "." + String(repeating: "0", count: Int(random.next() % 4)) + digits(1 + Int(random.next() % 20))
      if random.next() % 2 == 0 { text += "e\(Int(random.next() % 80) - 40)" }
      let expected = try #require(Double(text))
      guard case .double(let read) = try JSONValue(parsing: text) else {
        Issue.record("\(text) is no double")
        return
      }
      #expect(read.bitPattern == expected.bitPattern, "\(text)")
    }
  }

  /// Decimals half-way between two doubles, where rounding is decided by the last digit.
  @Test func roundsTiesToEven() throws {
    var random = Seeded(state: 5)
    for _ in 0..<5_000 {
      let odd = (1 << 53) + (random.next() % (1 << 53)) | 1
      for (text, expected) in [("\(odd).0", Double(odd)), ("\(odd)0e-1", Double(odd)), ("\(odd).00000000000000000001", Double(odd).nextUp)]
      {
        guard case .double(let read) = try JSONValue(parsing: text) else {
          Issue.record("\(text) is no double")
          return
        }
        #expect(read == expected || (text.hasSuffix("1") && read == Double(text)), "\(text)")
      }
    }
  }

  @Test(arguments: [
    (Int64.max, "9223372036854775807"), (.min, "-9223372036854775808"), (0, "0"), (9, "9"), (10, "10"), (99, "99"), (100, "100"),
    (-1, "-1"),
    (999_999_999_999_999_999, "999999999999999999"), (1_000_000_000_000_000_000, "1000000000000000000"),
  ])
  func writesIntegers(value: Int64, text: String) throws {
    #expect(JSONValue.int(value).text == text)
    #expect(try JSONValue(parsing: text) == .int(value))
  }

  @Test func integersOfEveryLength() throws {
    var text = ""
    for length in 1...40 {
      text += String(length % 9 + 1)
      for signed in [text, "-" + text] {
        let value = try JSONValue(parsing: signed)
        #expect(value.text == signed)
        let expected = Int64(signed).map { JSONValue.int($0) } ?? .bigInteger(signed)
        #expect(value == expected)
      }
    }
  }

  @Test func numbersCompareByValue() throws {
    #expect(try JSONValue(parsing: "1") == JSONValue(parsing: "1.0"))
    #expect(try JSONValue(parsing: "100000000000000000000") == JSONValue(parsing: "1e20"))
    #expect(try JSONValue(parsing: "100000000000000000001") != JSONValue(parsing: "1e20"))
    #expect(try JSONValue(parsing: "-18446744073709551616") == JSONValue(parsing: "-18446744073709551616.0"))
    #expect(JSONValue.bigInteger("9" + String(repeating: "0", count: 400)) != .double(.greatestFiniteMagnitude))
    for (a, b) in [("1", "1.0"), ("100000000000000000000", "1e20"), ("-0", "-0.0")] {
      #expect(try JSONValue(parsing: a).hashValue == JSONValue(parsing: b).hashValue)
    }
  }

  @Test func whatIsNoNumberBecomesNull() {
    #expect(JSONValue.array([.double(.nan), .double(.infinity), .double(-.infinity)]).text == "[null,null,null]")
  }

  /// The doubles of which Java prints two digits where one would read back.
  @Test func smallestDoublesLookAsInJava() {
    let expected: [(UInt64, String)] = [
      (1, "4.9E-324"), (2, "9.9E-324"), (3, "1.5E-323"), (4, "2.0E-323"), (5, "2.5E-323"), (10, "4.9E-323"), (20, "9.9E-323"),
      (21, "1.04E-322"),
    ]
    for (bits, text) in expected { #expect(JSONValue.double(Double(bitPattern: bits)).text == text) }
  }
}
