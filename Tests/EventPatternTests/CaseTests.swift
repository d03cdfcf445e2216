import EventPattern
import JSON
import Testing

/// Neutral cases: each a pattern and either an event with the verdict or the sentence that refuses the pattern.
@Suite struct CaseTests {
  @Test(arguments: ["operators", "numbers", "structure", "or"].flatMap { Fixture.cases($0) })
  func verdict(_ item: JSONValue) throws {
    let name = item["name"]?.string ?? "?"
    let text = try #require(item["pattern"]?.string)
    if let message = item["message"]?.string { return expectRefusal(text, message, name) }
    let event = Array(try #require(item["event"]?.string).utf8)
    let isMatch = item["match"] == true
    let pattern = try EventPattern(text)
    #expect(pattern.matches(event) == isMatch, "\(name): \(text)")
    #expect((pattern.explain(event) == nil) == isMatch, "\(name): \(pattern.explain(event) ?? "matches")")
    // Among other rules it finds the same.
    let matcher = RuleMatcher<String>()
    for other in ["{\"a\":[\"x\"]}", "{\"a\":[{\"exists\":false}]}", "{\"z\":[{\"prefix\":\"\"}]}"] {
      matcher.add(other, try EventPattern(other))
    }
    matcher.add("it", pattern)
    #expect(matcher.matches(event).contains("it") == isMatch, "\(name)")
  }

  @Test(arguments: Fixture.cases("refusals"))
  func refusal(_ item: JSONValue) throws {
    expectRefusal(try #require(item["pattern"]?.string), try #require(item["message"]?.string), item["name"]?.string ?? "?")
  }

  private func expectRefusal(_ text: String, _ message: String, _ name: String) {
    do throws(EventPatternError) {
      _ = try EventPattern(text)
      Issue.record("\(name): \(text) is accepted")
    } catch {
      #expect(error.message == message, "\(name)")
    }
  }
}

@Suite struct ExplanationTests {
  @Test(arguments: [
    (
      #"{"detail":{"state":["running","stopped"]}}"#, #"{"detail":{"state":"pending"}}"#, "detail.state", #"is "pending""#,
      #""running" or "stopped""#
    ),
    (#"{"a":["x"],"b":[1]}"#, #"{"b":1}"#, "a", "is missing", #""x""#),
    (#"{"a":[{"exists":false}]}"#, #"{"a":null}"#, "a", "is null", "no value"),
    (#"{"a":[{"numeric":[">",1,"<=",5]}]}"#, #"{"a":7}"#, "a", "is 7", "a number > 1, <= 5"),
    (#"{"a":{"b":[true]}}"#, #"{"a":{"b":{}}}"#, "a.b", "is an object", "true"),
    (#"{"a":["x"]}"#, #"{"a":[]}"#, "a", "is an array without values", #""x""#),
    (
      #"{"a":[{"anything-but":{"prefix":["x","y"]}}]}"#, #"{"a":"xy"}"#, "a", #"is "xy""#,
      #"anything but a string that begins with "x" or a string that begins with "y""#
    ),
  ])
  func namesTheFirstFieldThatDiffers(_ pattern: String, _ event: String, _ field: String, _ found: String, _ expected: String) throws {
    let mismatch = try #require(try EventPattern(pattern).mismatch(Array(event.utf8)))
    #expect(mismatch.field == field)
    #expect(mismatch.found == found)
    #expect(mismatch.expected == expected)
    #expect(mismatch.reason == "\(field) \(found), expected \(expected)")
  }

  @Test func tellsOfElementsThatMatchOnlyTogether() throws {
    let reason = try EventPattern(#"{"a":{"x":[1],"y":[2]}}"#).explain(Array(#"{"a":[{"x":1},{"y":2}]}"#.utf8))
    #expect(reason == "no single element of an array has values that match at a.x and a.y together")
  }

  @Test func tellsOfTheNearestAlternative() throws {
    let reason = try EventPattern(#"{"s":["q"],"$or":[{"a":[1],"b":[1]},{"c":[1]}]}"#).explain(Array(#"{"s":"q","a":1}"#.utf8))
    #expect(reason == "none of the 2 alternatives matches, the nearest because b is missing, expected 1")
  }
}
