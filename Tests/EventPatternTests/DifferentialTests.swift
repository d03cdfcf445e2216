import EventPattern
import JSON
import Testing

/// The matcher beside the plain reference, on cases that repeat.
@Suite struct DifferentialTests {
  @Test(arguments: 0..<40)
  func singlePatterns(_ seed: Int) throws {
    var cases = RandomCases(seed: UInt64(seed))
    for _ in 0..<100 {
      let source = cases.pattern()
      let pattern = try EventPattern(source.text)
      for _ in 0..<6 {
        let event = cases.event()
        let expected = Reference.matches(source, event)
        #expect(pattern.matches(event.bytes) == expected, "\(source.text) on \(event.text)")
        #expect((pattern.mismatch(event.bytes) == nil) == expected, "\(source.text) on \(event.text)")
      }
    }
  }

  @Test(arguments: 100..<112)
  func manyRulesThatComeAndGo(_ seed: Int) throws {
    var cases = RandomCases(seed: UInt64(seed))
    let matcher = RuleMatcher<Int>()
    var rules: [Int: JSONValue] = [:]
    for step in 0..<300 {
      let id = cases.next(120)
      if cases.next(3) == 0 {
        #expect(matcher.remove(id) == (rules.removeValue(forKey: id) != nil))
      } else {
        let source = cases.pattern()
        rules[id] = source
        matcher.add(id, try EventPattern(source.text))
      }
      #expect(matcher.count == rules.count)
      if step % 10 != 0 { continue }
      let event = cases.event()
      let expected = rules.filter { Reference.matches($0.value, event) }.keys.sorted()
      #expect(matcher.matches(event.bytes).sorted() == expected, "\(event.text)")
    }
  }

  @Test func theReferenceFindsMatchesAndMisses() {
    var cases = RandomCases(seed: 1)
    let verdicts = (0..<2000).map { _ in Reference.matches(cases.pattern(), cases.event()) }
    let matches = verdicts.count { $0 }
    #expect(matches > 50 && matches < 1900)
  }
}
