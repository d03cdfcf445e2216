import EventPattern
import JSON
import Testing

@Suite struct RuleMatcherTests {
  @Test func findsEachRuleOnce() throws {
    let matcher = RuleMatcher<Int>()
    let text = #"{"$or":[{"a":["x"]},{"b":["y"]}]}"#
    for id in 0..<30 { matcher.add(id, try EventPattern(text)) }
    #expect(matcher.matches(Array(#"{"a":["x","x"],"b":"y"}"#.utf8)).sorted() == Array(0..<30))
  }

  @Test func aNewPatternTakesTheOldOnesPlace() throws {
    let matcher = RuleMatcher<String>()
    matcher.add("r", try EventPattern(#"{"a":["x"]}"#))
    matcher.add("r", try EventPattern(#"{"a":["y"]}"#))
    #expect(matcher.count == 1)
    #expect(matcher.matches(Array(#"{"a":"x"}"#.utf8)).isEmpty)
    #expect(matcher.matches(Array(#"{"a":"y"}"#.utf8)) == ["r"])
    #expect(matcher.remove("r"))
    #expect(!matcher.remove("r"))
    #expect(matcher.matches(Array(#"{"a":"y"}"#.utf8)).isEmpty)
  }

  @Test func manyRulesOnOneField() throws {
    let matcher = RuleMatcher<Int>()
    for id in 0..<5_000 { matcher.add(id, try EventPattern("{\"d\":{\"id\":[\"k\(id)\"]}}")) }
    for id in stride(from: 0, to: 5_000, by: 2) { matcher.remove(id) }
    for id in 0..<5_000 {
      #expect(matcher.matches(Array("{\"d\":{\"id\":\"k\(id)\"}}".utf8)) == (id % 2 == 0 ? [] : [id]))
    }
  }

  /// While rules come and go, a rule that stays is found by every match, and one is found only with its own pattern.
  @Test func matchingGoesOnWhileRulesChange() async throws {
    let matcher = RuleMatcher<Int>()
    matcher.add(-1, try EventPattern(#"{"a":["x"]}"#))
    let patterns = try (0..<50).map { try EventPattern("{\"a\":[\"x\"],\"b\":[\($0)]}") }
    await withTaskGroup(of: Bool.self) { group in
      for worker in 0..<3 {
        group.addTask {
          (0..<3_000).allSatisfy { step in
            let number = (step + worker) % 50
            let found = matcher.matches(Array("{\"a\":\"x\",\"b\":\(number)}".utf8))
            return found.contains(-1) && found.allSatisfy { $0 == -1 || $0 == number }
          }
        }
      }
      group.addTask {
        for step in 0..<3_000 {
          matcher.add(step % 50, patterns[step % 50])
          if step % 3 == 0 { matcher.remove((step + 25) % 50) }
        }
        return true
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
