import Foundation
import LogsInsights
import Testing

@Suite struct SketchTests {
  private func run(_ query: String, _ values: [Double]) throws -> [String: String] {
    let plan = try Plan(query, options())
    let scans = (0..<3).map { _ in Scan(plan) }
    for (number, value) in values.enumerated() { try fill(scans[number % 3], [Event(time: 1, message: "{\"v\":\(value)}")]) }
    try scans[0].merge(scans[1])
    try scans[0].merge(scans[2])
    return try #require(try rows(scans[0]).first)
  }

  @Test func percentilesAreWithinHalfAPercent() throws {
    var random = SystemRandomNumberGenerator()
    let values = (0..<9_000).map { _ in exp(Double.random(in: -5...10, using: &random)) }
    let sorted = values.sorted()
    for percent in [1.0, 50, 90, 99, 99.9] {
      let found = try #require(Double(try run("stats pct(v, \(percent)) as p", values)["p"] ?? ""))
      let exact = sorted[Int((percent / 100 * 8_999).rounded())]
      #expect(abs(found - exact) <= exact * 0.0051 + 0.0001, "\(percent): \(found) for \(exact)")
    }
  }

  @Test func percentilesOfNegativeNumbersAndZero() throws {
    let values = (0..<3_000).map { Double($0 % 3 - 1) * 100 }
    let row = try run("stats pct(v, 10) as a, pct(v, 50) as b, pct(v, 90) as c, pct(v, 0) as d, pct(v, 100) as e", values)
    #expect(abs((Double(row["a"] ?? "") ?? 0) + 100) <= 0.5)
    #expect(row["b"] == "0")
    #expect(abs((Double(row["c"] ?? "") ?? 0) - 100) <= 0.5)
  }

  @Test func distinctCounts() throws {
    #expect(try run("stats count_distinct(v) as n", (0..<9_000).map { Double($0 % 5_000) })["n"] == "5000")
    let estimate = try #require(Double(try run("stats count_distinct(v) as n", (0..<60_000).map(Double.init))["n"] ?? ""))
    // Three times the standard error.
    #expect(abs(estimate - 60_000) < 60_000 * 0.0245)
  }

  @Test func mergedDeviationIsThatOfAll() throws {
    #expect(try run("stats stddev(v) as d, avg(v) as a", [2, 4, 4, 4, 5, 5, 7, 9]) == ["d": "2", "a": "5"])
  }
}
