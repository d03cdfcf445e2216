import FilterPattern
import Testing

/// SplitMix64: the same tests in every run.
private struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Random expressions find what Swift's own engine, which tries one way after another, finds.
@Suite struct RegularExpressionTests {
  private func expression(_ random: inout Seeded) -> String {
    var text = ""
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      if random.next() % 10 == 0 { text += "|" }
      if random.next() % 12 == 0 { text += ["^", "$"][Int(random.next() % 2)] }
      text += ["a", "b", "c", ".", "[ab]", "[^a]", "\\d", "\\W", "\\x62", "\\."][Int(random.next() % 10)]
      text += ["", "", "", "?", "*", "+", "{2}", "{1,2}", "{2,}", "{0,1}"][Int(random.next() % 10)]
    }
    return text
  }

  @Test func agreesWithABacktrackingEngine() throws {
    var random = Seeded(state: 11)
    for _ in 0..<400 {
      let text = expression(&random)
      let pattern = try FilterPattern("%\(text)%")
      let oracle = try Regex(text).matchingSemantics(.unicodeScalar).asciiOnlyCharacterClasses()
      for _ in 0..<12 {
        let subject = String(
          (0..<Int.random(in: 0...9, using: &random)).map { _ in ["a", "b", "c", "1", ".", "é"][Int(random.next() % 6)] as Character })
        #expect(pattern.matches(subject) == (subject.firstMatch(of: oracle) != nil), "\(text) on \(subject)")
      }
    }
  }

  /// Too many combinations for a table of transitions, so that the states are followed one by one.
  @Test func agreesWithoutATable() throws {
    var random = Seeded(state: 12)
    let pattern = try FilterPattern("%[ab].{12}[bc]%")
    let oracle = try Regex("[ab].{12}[bc]").matchingSemantics(.unicodeScalar).asciiOnlyCharacterClasses()
    for _ in 0..<200 {
      let subject = String(
        (0..<Int.random(in: 10...24, using: &random)).map { _ in ["a", "b", "c", "d", "é"][Int(random.next() % 5)] as Character })
      #expect(pattern.matches(subject) == (subject.firstMatch(of: oracle) != nil), "\(subject)")
    }
  }
}
