import JSON
import JSONPath
import Testing

@Suite struct JSONPathTests {
  @Test func casesArePresent() {
    #expect(Case.all("paths").count > 90)
    #expect(Case.all("reference-paths").count > 10)
    #expect(Case.all("templates").count > 15)
    #expect(Case.all("intrinsics").count > 100)
  }

  @Test(arguments: Case.all("paths")) func reads(_ one: Case) throws {
    let text = try #require(one.json["path"]?.string)
    if one.json["invalid"] != nil {
      #expect(throws: JSONPathSyntaxError.self) { try JSONPath(text) }
      return
    }
    let path = try JSONPath(text)
    let document = one.json["document"] ?? .null
    if let sentence = one.json["missing"]?.string {
      #expect(!path.exists(in: document))
      let miss = #expect(throws: PathMiss.self) { try path.read(document) }
      #expect(miss?.sentence == sentence)
    } else {
      #expect(try path.read(document) == one.json["result"])
      #expect(path.exists(in: document))
    }
  }

  @Test(arguments: Case.all("reference-paths")) func writes(_ one: Case) throws {
    let text = try #require(one.json["path"]?.string)
    if one.json["invalid"] != nil {
      #expect(throws: JSONPathSyntaxError.self) { try ReferencePath(text) }
      return
    }
    let path = try ReferencePath(text)
    let value = one.json["value"] ?? .null
    if let step = one.json["conflict"]?.string {
      let conflict = #expect(throws: ReferencePath.Conflict.self) { try path.writing(value, into: one.json["document"] ?? .null) }
      #expect(conflict?.step == step)
    } else {
      let written = try path.writing(value, into: one.json["document"] ?? .null)
      #expect(written == one.json["result"])
      #expect(try path.read(written) == value)
    }
  }

  @Test(arguments: Case.all("templates")) func fillsTemplates(_ one: Case) throws {
    let template = try #require(one.json["template"])
    if let message = one.json["invalid"]?.string {
      let fault = #expect(throws: PayloadTemplate.Fault.self) { try PayloadTemplate(template) }
      #expect(fault?.message == message)
      return
    }
    let compiled = try PayloadTemplate(template)
    let scope = try one.scope()
    if let cause = one.json["cause"]?.string {
      let failure = #expect(throws: PayloadFailure.self) { try compiled.evaluate(scope, .fixed) }
      #expect(failure?.cause == cause)
    } else {
      #expect(try compiled.evaluate(scope, .fixed).text == one.json["text"]?.string)
    }
  }

  @Test(arguments: Case.all("intrinsics")) func callsIntrinsics(_ one: Case) throws {
    let text = try #require(one.json["expression"]?.string)
    if one.json["invalid"] != nil {
      #expect(throws: JSONPathSyntaxError.self) { try QueryExpression(text) }
      return
    }
    let expression = try QueryExpression(text)
    if let reason = one.json["reason"]?.string {
      #expect(throws: QueryFailure.intrinsic(call: text, reason: reason)) { try expression.value(one.scope(), .fixed) }
    } else {
      #expect(try expression.value(one.scope(), .fixed) == one.json["result"])
    }
  }

  @Test func takesAtMostTenThousandCharacters() throws {
    let expression = try QueryExpression("States.Base64Encode($.s)")
    func encode(_ text: String) throws -> JSONValue {
      try expression.value(QueryScope(input: Payload(["s": .string(text)])), .fixed)
    }
    #expect(try encode(String(repeating: "a", count: 10_000)).string?.utf8.count == 13_336)
    #expect(try encode(String(repeating: "😀", count: 5_001)).string != nil)
    #expect(throws: QueryFailure.self) { try encode(String(repeating: "a", count: 10_001)) }
  }

  @Test func boundsWhatItReads() {
    #expect(throws: JSONPathSyntaxError.self) { try JSONPath("$" + String(repeating: ".a", count: 300)) }
    #expect(throws: JSONPathSyntaxError.self) { try JSONPath("$['" + String(repeating: "a", count: 20_000) + "']") }
    #expect(throws: JSONPathSyntaxError.self) {
      try JSONPath(String(repeating: "$[?(", count: 40) + "@" + String(repeating: ")]", count: 40))
    }
    #expect(throws: JSONPathSyntaxError.self) { try JSONPath("$[?(" + String(repeating: "(", count: 5_000)) }
  }

  @Test func randomTextNeverTraps() {
    var generator = SplitMix(state: 7)
    let pieces = [
      "$", "@", ".", "..", "[", "]", "'", "\"", "*", "?", "(", ")", "a", "0", "-", ":", ",", " ", "==", "&&", "!", "\\", "é",
      "States.Format",
    ]
    for _ in 0..<4_000 {
      let text = (0..<Int(generator.next() % 12)).map { _ in pieces[Int(generator.next() % UInt64(pieces.count))] }.joined()
      let scope = QueryScope(input: Payload(["a": [1, ["a": "x"]]]), context: ["a": 0], variables: ["a": 1])
      if let expression = try? QueryExpression("$" + text) { _ = try? expression.value(scope, .fixed) }
      if let expression = try? QueryExpression("States.Array(" + text + ")") { _ = try? expression.value(scope, .fixed) }
    }
  }

  @Test func knowsWhatItUses() throws {
    let template = try PayloadTemplate(["a.$": "$$.X", "b": ["c.$": "States.Array($v, $$.Y, $w.z)"]])
    #expect(template.usesContext)
    #expect(template.variableNames == ["v", "w"])
    #expect(try !PayloadTemplate(["a.$": "$.x"]).usesContext)
    #expect(try QueryExpression("$").isWholeInput)
    #expect(try !QueryExpression("$.a[*]").isDefinite)
    #expect(try JSONPath("$.a[0]").isReference)
    #expect(try JSONPath("$.a['b c'][0]").canonical == "$['a']['b c'][0]")
  }

  @Test func keepsTheTextOfPayloads() throws {
    let payload = try Payload(parsing: "[1, 2]")
    #expect(Payload.array([payload, Payload(["a": 1])]).text == "[[1, 2],{\"a\":1}]")
    #expect(Payload.array([payload]).value == [[1, 2]])
  }
}

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
