import JSON
import JSONPath
import StatesLanguage
import Testing

/// What single states make of their data. Tests/Fixtures/states-language/data.json
@Suite struct DataTests {
  @Test(arguments: Fixture.cases("data"))
  func state(_ item: FixtureCase) throws {
    var state = try #require(item["state"]?.object)
    let type = state["Type"]?.string ?? ""
    if !["Choice", "Succeed", "Fail"].contains(type), state["Next"] == nil { state["End"] = true }
    var states: JSONObject = ["S": .object(state)]
    for (name, other) in item["states"]?.object ?? [:] { states[name] = other }
    var played = Played(
      try machine(["StartAt": "S", "States": .object(states)]), input: Payload(try #require(item["input"])))
    try played.run()
    #expect(played.divergences == [])
    if let output = item["output"] {
      #expect(played.output == output, "\(played.error ?? ""): \(played.cause ?? "")")
    } else {
      #expect(played.output == nil)
      #expect(played.error == item["error"]?.string)
      #expect(played.cause == item["cause"]?.string)
      #expect(played.types.last == "ExecutionFailed")
    }
  }

  @Test(arguments: Fixture.cases("choices"))
  func choice(_ item: FixtureCase) throws {
    var rule = try #require(item["rule"]?.object)
    rule["Next"] = "Yes"
    var played = Played(
      try machine([
        "StartAt": "S",
        "States": [
          "S": ["Type": "Choice", "Choices": [.object(rule)], "Default": "No"],
          "Yes": ["Type": "Pass", "Result": true, "End": true], "No": ["Type": "Pass", "Result": false, "End": true],
        ],
      ]), input: Payload(try #require(item["input"])))
    try played.run()
    #expect(played.divergences == [])
    if let path = item["holds"]?.string {
      #expect(played.error == "States.Runtime")
      let sentence = "Invalid path '\(path)': The choice state's condition path references an invalid value."
      #expect(played.cause == "An error occurred while executing the state 'S' (entered at the event id #2). \(sentence)")
    } else {
      #expect(played.output == item["holds"], "\(played.cause ?? "")")
    }
  }

  /// Data that no state changes keeps the client's own spelling.
  @Test func textIsKept() throws {
    let text = #"{"b" : 1.50, "a":[ 1,2 ], "é":"\u00e9"}"#
    var played = try Played(
      try machine(#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Succeed"}}}"#), input: Payload(parsing: text))
    try played.run()
    for event in played.events {
      guard case .object(let details)? = event.json().object?.values.last else { continue }
      for name in ["input", "output"] { if let data = details[name] { #expect(data.string == text) } }
    }
    guard case .succeeded(let output)? = played.outcome else { throw Missing() }
    #expect(output.text == text)
  }

  @Test func firstRuleThatHoldsIsTaken() throws {
    var played = try Played(
      #"""
      {"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[
        {"Variable":"$.n","NumericGreaterThan":10,"Next":"Big","Assign":{"size":"big"}},
        {"Variable":"$.n","NumericGreaterThan":5,"Next":"Big","Assign":{"size":"middle"}},
        {"Variable":"$.n","NumericGreaterThan":1,"Next":"Big","Assign":{"size":"small"}}]},
        "Big":{"Type":"Pass","Parameters":{"size.$":"$size"},"End":true}}}
      """#, input: ["n": 7])
    try played.run()
    #expect(played.output == ["size": "middle"])
    #expect(played.divergences == [])
  }
}

struct Missing: Error {}
