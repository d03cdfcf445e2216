import Foundation
import JSON
import JSONata
import Testing

@Suite struct SuiteTests {
  private func check(_ root: URL, atLeast least: Int) throws {
    let cases = try SuiteCase.all(root)
    #expect(cases.count >= least)
    for one in cases {
      guard let complaint = one.complaint() else { continue }
      Issue.record("\(one.name): \((try? one.expression) ?? "")\n  \(complaint)")
    }
  }

  @Test(.enabled(if: SuiteCase.official != nil)) func officialSuite() throws {
    try check(try #require(SuiteCase.official), atLeast: 1_000)
  }

  @Test func ownCases() throws { try check(SuiteCase.fixtures, atLeast: 60) }

  @Test func aProgramServesManyThreadsAtOnce() async throws {
    let expression = try JSONata("$sum(items.({'v': price * qty}).v) & '/' & $join(items[name ~> /^[a-c]/].name, ',')")
    let input: JSONValue = [
      "items": [["name": "a", "price": 2, "qty": 3], ["name": "d", "price": 1, "qty": 1], ["name": "b", "price": 4, "qty": 1]]
    ]
    await withTaskGroup(of: JSONValue?.self) { group in
      for _ in 0..<200 { group.addTask { try? expression.evaluate(input) } }
      for await result in group { #expect(result == "11/a,b") }
    }
  }

  @Test func largeIntegersStayExactWhereTheyAreOnlyPassedOn() throws {
    let input: JSONValue = ["a": ["id": .int(9_007_199_254_740_993)]]
    #expect(try JSONata("{'copy': a}").evaluate(input) == ["copy": ["id": .int(9_007_199_254_740_993)]])
  }

  @Test func variablesOfTheCallerAreKnown() throws {
    let expression = try JSONata("( $x := $states.input; $map($x, function($i){$i + $offset + $sum($$.a)}) )", profile: .stepFunctions)
    #expect(expression.variables == ["offset", "states"])
    #expect(try JSONata("a.%.b").variables == [])
  }

  @Test func sourcesAreAsked() throws {
    let sources = JSONata.Sources(now: { 1_509_380_732_935 }, random: { 0.25 })
    #expect(
      try JSONata("$now() & ' ' & $millis() & ' ' & $random()").evaluate(nil, sources: sources)
        == "2017-10-30T16:25:32.935Z 1509380732935 0.25")
    #expect(try JSONata("$millis()").evaluate(nil) == 0)
  }
}
