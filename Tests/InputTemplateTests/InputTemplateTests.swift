import Foundation
import InputTemplate
import JSON
import Testing
import Time

/// A file of Tests/Fixtures/input-template.
private func fixture(_ file: String) throws -> JSONValue {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/input-template")
  return try JSONValue(parsing: Array(Data(contentsOf: folder.appending(path: file))))
}

private let instant = Timestamp(seconds: 1_767_225_600)

private func ruleVariables(_ event: JSONValue, _ paths: [String: EventPath]) -> RuleVariables {
  RuleVariables(
    ruleArn: "arn:aws:events:us-east-2:123456789012:rule/example", ruleName: "example", ingested: instant, event: event, paths: paths)
}

@Suite struct InputTemplateCases {
  @Test func rules() throws {
    let cases = try fixture("rules.json").array ?? []
    #expect(cases.count > 30)
    for one in cases {
      let name = one["name"]?.string ?? ""
      let paths = try (one["paths"]?.object ?? [:]).reduce(into: [:]) { $0[$1.key] = try EventPath($1.value.string ?? "") }
      let template = try InputTemplate(rule: one["template"]?.string ?? "", names: paths.keys)
      let text = try template.render(ruleVariables(one["event"] ?? .null, paths).value)
      #expect(text == one["output"]?.string, "\(name)")
    }
  }

  @Test func pipes() throws {
    let file = try fixture("pipes.json")
    for one in file["cases"]?.array ?? [] {
      let variables = PipeVariables(
        pipeArn: "arn:aws:pipe:us-east-1:123456789012:pipe/example", pipeName: "example", sourceArn: "arn:source",
        enrichmentArn: one["enrichment"]?.string, targetArn: "arn:target", ingested: instant,
        event: PipeEvent(one["event"] ?? .null, encoded: one["encoded"]?.string))
      let text = try InputTemplate(pipe: one["template"]?.string ?? "").render(variables.value)
      #expect(text == one["output"]?.string, "\(one["name"]?.string ?? "")")
    }
    for text in file["refused"]?.array ?? [] {
      #expect(throws: InputTemplateError.self, "\(text.text)") { try InputTemplate(pipe: text.string ?? "") }
    }
  }

  @Test func refused() throws {
    let file = try fixture("refused.json")
    for one in file["templates"]?.array ?? [] {
      let template = one["template"]?.string ?? ""
      let error = #expect(throws: InputTemplateError.self, "\(template)") {
        try InputTemplate(rule: template, names: one["paths"]?.object?.keys ?? [])
      }
      #expect(error?.sentence(target: "t", template: template) == one["sentence"]?.string)
    }
    for path in file["paths"]?.array ?? [] {
      #expect(throws: InputTemplateError.self, "\(path.text)") { try EventPath(path.string ?? "") }
    }
    for path in file["accepted"]?.array ?? [] {
      #expect(throws: Never.self, "\(path.text)") { try EventPath(path.string ?? "") }
    }
  }

  /// Every beginning of every template is a template or is refused, and renders.
  @Test func survivesTruncation() throws {
    let rules = (try fixture("rules.json").array ?? []).compactMap { $0["template"]?.string }
    let pipes = (try fixture("pipes.json")["cases"]?.array ?? []).compactMap { $0["template"]?.string }
    let event: JSONValue = ["detail": ["a": "b\\"]]
    let variables = PipeVariables(
      pipeArn: "p", pipeName: "n", sourceArn: "s", targetArn: "t", ingested: instant,
      event: PipeEvent(["body": "{\"a\":\"\\\\\"}"], encoded: "body"))
    for text in rules + pipes {
      for length in 0..<text.count {
        let part = String(text.prefix(length))
        if let template = try? InputTemplate(rule: part, names: ["instance", "state"]) {
          _ = try template.render(ruleVariables(event, [:]).value)
        }
        if let template = try? InputTemplate(pipe: part) { _ = try template.render(variables.value) }
      }
    }
  }

  @Test func resultsAreBounded() throws {
    let names = (0..<2_000).map { _ in "<a>" }.joined(separator: ",")
    let template = try InputTemplate(rule: "[\(names)]", names: ["a"])
    let long = TemplateValue(.string(String(repeating: "x", count: 1_000)))
    #expect(try template.render { _ in long }.utf8.count > 2_000_000)
    #expect(throws: InputTemplateError(.tooLong(100_000))) { try template.render(limit: 100_000) { _ in long } }
  }

  /// Templates of nothing but opening brackets are read once.
  @Test func scanningIsLinear() throws {
    let text = "\"" + String(repeating: "<a", count: 200_000) + "\""
    let template = try InputTemplate(rule: text, names: ["a"])
    #expect(template.variables.isEmpty)
    #expect(try template.render { _ in nil } == text)
  }

  @Test func dynamicParameters() throws {
    let event: JSONValue = ["a": ["b": "x", "n": 4, "o": ["k": true]]]
    let resolved = try EventPath.resolve(
      ["name": "$.a.b", "number": "$.a.n", "object": ["$.a.o", "no $.a.b"], "cost": "$5", "$.a.b": 1], in: event)
    #expect(resolved == ["name": "x", "number": "4", "object": ["{\"k\":true}", "no $.a.b"], "cost": "$5", "$.a.b": 1])
    #expect(throws: InputTemplateError(.missing("$.a.z"))) { try EventPath.resolve(["x": "$.a.z"], in: event) }
  }
}
