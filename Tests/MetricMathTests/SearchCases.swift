import JSON
import MetricMath
import Testing

@Suite struct SearchCases {
  @Test func matches() throws {
    let cases = try #require(fixture("search.json")["cases"]?.array)
    #expect(cases.count > 35)
    for one in cases {
      let text = one["search"]?.string ?? ""
      let search = try #require(try? SearchExpression(text), "\(text)")
      for json in one["matches"]?.array ?? [] {
        #expect(search.matches(metric(json), localAccount: "999900001111"), "\(text) on \(json.text)")
      }
      for json in one["misses"]?.array ?? [] {
        #expect(!search.matches(metric(json), localAccount: "999900001111"), "\(text) on \(json.text)")
      }
    }
  }

  @Test func refuses() throws {
    for text in try #require(fixture("search.json")["refused"]?.array) {
      #expect(throws: MetricMathError.self, "\(text.text)") { try SearchExpression(text.string ?? "") }
    }
    #expect(throws: MetricMathError.self) { try SearchExpression(String(repeating: "(", count: 5_000)) }
  }

  @Test func survivesTruncation() throws {
    let anything = MetricIdentity(namespace: "AWS/EC2", metricName: "CPUUtilization", dimensions: [.init(name: "a", value: "b")])
    for one in try fixture("search.json")["cases"]?.array ?? [] {
      let text = one["search"]?.string ?? ""
      for length in 0...text.count {
        if let search = try? SearchExpression(String(text.prefix(length))) { _ = search.matches(anything) }
      }
    }
  }

  @Test func saysWhatAnIndexNeeds() throws {
    #expect(try SearchExpression("{a,b} MetricName=\"x\" y").metricName == "x")
    #expect(try SearchExpression("{a,b} MetricName=\"x\" y").namespace == "a")
    #expect(try SearchExpression("Namespace=\"a\" x").namespace == "a")
    #expect(try SearchExpression("NOT Namespace=\"a\"").namespace == nil)
    #expect(try SearchExpression("Namespace=\"a\" OR Namespace=\"b\"").namespace == nil)
    #expect(try SearchExpression("Namespace=a").namespace == nil)
  }
}
