import JSON
import ServiceKit
import Time

/// What a target gets of an event: all of it, a part, a constant, or what a template makes of it.
///
/// Source: EventBridge User Guide, "Amazon EventBridge input transformation".
struct TargetInput {
  var payload: JSONValue
  var text: String

  init(_ target: Target, _ routed: Routed, rule: ARN, ruleName: String) {
    let event = routed.event.json
    if let input = target.input {
      text = input
      payload = (try? JSONValue(parsing: input)) ?? .string(input)
    } else if let path = target.inputPath, path != "$", !path.isEmpty {
      payload = Self.value(path, in: event) ?? .null
      text = payload.text
    } else if let transformer = target.inputTransformer {
      text = Self.render(transformer, event, routed, rule, ruleName)
      payload = (try? JSONValue(parsing: text)) ?? .string(text)
    } else {
      payload = event
      text = event.text
    }
  }

  /// The value at a path like `$.detail.items[0].name`; nil when there is none.
  static func value(_ path: String, in event: JSONValue) -> JSONValue? {
    guard path.hasPrefix("$") else { return nil }
    var value = event
    for part in path.dropFirst().split(separator: ".") {
      var rest = part
      let name = rest.prefix { $0 != "[" }
      rest = rest.dropFirst(name.count)
      if !name.isEmpty {
        guard let member = value[String(name)] else { return nil }
        value = member
      }
      while rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
        let inside = rest[rest.index(after: rest.startIndex)..<end].trimmingQuotes
        guard let element = Int(inside).map({ value[$0] }) ?? value[inside] else { return nil }
        value = element
        rest = rest[rest.index(after: end)...]
      }
      guard rest.isEmpty else { return nil }
    }
    return value
  }

  private static func render(
    _ transformer: Target.InputTransformer, _ event: JSONValue, _ routed: Routed, _ rule: ARN, _ ruleName: String
  ) -> String {
    var variables: [String: JSONValue] = [
      "aws.events.rule-arn": .string(rule.description), "aws.events.rule-name": .string(ruleName),
      "aws.events.event.ingestion-time": .string(routed.ingested.iso8601()), "aws.events.event.json": event,
    ]
    var withoutDetail = event.object ?? JSONObject()
    withoutDetail["detail"] = nil
    variables["aws.events.event"] = .object(withoutDetail)
    for (name, path) in transformer.inputPathsMap ?? [:] { variables[name] = value(path, in: event) }
    var rendered = ""
    var quoted = false
    var escaped = false
    var rest = Substring(transformer.inputTemplate)
    while let letter = rest.first {
      if letter == "<", let end = rest.firstIndex(of: ">") {
        let name = String(rest[rest.index(after: rest.startIndex)..<end])
        if isVariable(name) {
          rendered += text(variables[name], quoted: quoted)
          rest = rest[rest.index(after: end)...]
          continue
        }
      }
      if letter == "\"", !escaped { quoted.toggle() }
      escaped = letter == "\\" && !escaped
      rendered.append(letter)
      rest = rest.dropFirst()
    }
    return rendered
  }

  private static func isVariable(_ name: String) -> Bool {
    !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "." || $0 == "_" || $0 == "-" }
  }

  /// Inside quotes a text goes in as it is and anything else as its JSON, escaped to stay inside; outside, JSON.
  /// A variable whose path was not found leaves nothing.
  private static func text(_ value: JSONValue?, quoted: Bool) -> String {
    guard let value else { return "" }
    guard quoted else { return value.text }
    let plain = value.string ?? value.text
    return String(JSONValue.string(plain).text.dropFirst().dropLast())
  }
}

extension Substring {
  fileprivate var trimmingQuotes: String {
    var text = self
    if let quote = text.first, quote == "'" || quote == "\"", text.count > 1, text.last == quote { text = text.dropFirst().dropLast() }
    return String(text)
  }
}
