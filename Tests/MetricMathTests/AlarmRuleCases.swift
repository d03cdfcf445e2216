import JSON
import MetricMath
import Testing

@Suite struct AlarmRuleCases {
  private func states(_ json: JSONValue) -> [String: AlarmRule.State] {
    Dictionary(uniqueKeysWithValues: (json.object ?? [:]).map { ($0.key, AlarmRule.State(rawValue: $0.value.string ?? "") ?? .ok) })
  }

  @Test func evaluates() throws {
    let cases = try #require(fixture("alarm-rules.json")["cases"]?.array)
    #expect(cases.count > 14)
    for one in cases {
      let text = one["rule"]?.string ?? ""
      let rule = try #require(try? AlarmRule(text), "\(text)")
      #expect(rule.references.map(\.name) == one["alarms"]?.array?.map { $0.string ?? "" }, "\(text)")
      for json in one["holds"]?.array ?? [] {
        let states = states(json)
        #expect(rule.evaluate { states[$0.name] }, "\(text) with \(json.text)")
      }
      for json in one["fails"]?.array ?? [] {
        let states = states(json)
        #expect(!rule.evaluate { states[$0.name] }, "\(text) with \(json.text)")
      }
    }
  }

  @Test func refuses() throws {
    for one in try #require(fixture("alarm-rules.json")["refused"]?.array) {
      let error = #expect(throws: AlarmRuleError.self, "\(one.text)") { try AlarmRule(one["rule"]?.string ?? "") }
      #expect(error?.message == one["message"]?.string)
    }
  }

  @Test(arguments: [
    ("ALARM(a) AND ALARM(b)", ["a", "b"]), ("ALARM(a) OR ALARM(c)", ["a"]), ("ALARM(a) AND OK(b)", ["b"]), ("OK(a) OR OK(b)", ["a", "b"]),
    ("ALARM(a) AND NOT (ALARM(c) OR ALARM(d))", ["a", "c", "d"]), ("AT_LEAST(2, ALARM, (c, a, b))", ["a", "b"]),
    ("AT_LEAST(3, ALARM, (c, a, b))", ["c"]),
    ("TRUE OR ALARM(c)", []),
  ]) func saysWhatDecides(_ text: String, _ alarms: [String]) throws {
    let states: [String: AlarmRule.State] = ["a": .alarm, "b": .alarm, "c": .ok, "d": .insufficientData]
    #expect(try AlarmRule(text).decisive { states[$0.name] }.map(\.name) == alarms)
  }

  @Test func isBounded() {
    let hundred = (0..<100).map { "ALARM(a\($0))" }
    #expect(throws: Never.self) { try AlarmRule(hundred.joined(separator: " OR ")) }
    #expect(throws: AlarmRuleError.self) { try AlarmRule((hundred + ["ALARM(more)"]).joined(separator: " OR ")) }
    #expect(throws: Never.self) { try AlarmRule(Array(repeating: "TRUE", count: 500).joined(separator: " OR ")) }
    #expect(throws: AlarmRuleError.self) { try AlarmRule(Array(repeating: "TRUE", count: 501).joined(separator: " OR ")) }
    #expect(throws: AlarmRuleError.self) { try AlarmRule(String(repeating: "(", count: 10_000)) }
    #expect(throws: AlarmRuleError.self) { try AlarmRule(String(repeating: "x", count: 10_241)) }
    #expect(throws: Never.self) { try AlarmRule(String(repeating: "NOT ", count: 2_000) + "TRUE") }
  }

  @Test func survivesTruncation() throws {
    for one in try fixture("alarm-rules.json")["cases"]?.array ?? [] {
      let text = one["rule"]?.string ?? ""
      for length in 0...text.count { _ = try? AlarmRule(String(text.prefix(length))) }
    }
  }
}
