import InputTemplate
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
    } else if let path = target.inputPath, !path.isEmpty {
      payload = (try? EventPath(path))?.value(in: event) ?? .null
      text = payload.text
    } else if let transformer = target.inputTransformer {
      text = Self.render(transformer, event, routed, rule, ruleName)
      payload = (try? JSONValue(parsing: text)) ?? .string(text)
    } else {
      payload = event
      text = event.text
    }
  }

  private static func render(
    _ transformer: Target.InputTransformer, _ event: JSONValue, _ routed: Routed, _ rule: ARN, _ ruleName: String
  ) -> String {
    let paths = (transformer.inputPathsMap ?? [:]).compactMapValues { try? EventPath($0) }
    let variables = RuleVariables(
      ruleArn: rule.description, ruleName: ruleName, ingested: routed.ingested, event: event, paths: paths)
    do throws(InputTemplateError) {
      let template = try InputTemplate(rule: transformer.inputTemplate, names: (transformer.inputPathsMap ?? [:]).keys)
      return try template.render(variables.value)
    } catch {
      // Refused by PutTargets, so only a template stored before it checked comes here: the target gets what it says of itself.
      return transformer.inputTemplate
    }
  }

  /// Throws the ValidationException with which PutTargets refuses a target's path, or its template and what that uses.
  static func check(_ target: Target) throws(Fault) {
    if let path = target.inputPath, !path.isEmpty, (try? EventPath(path)) == nil {
      throw .validation("Invalid InputPath for target \(target.id) : '\(path)' is not a JSON path that EventBridge supports.")
    }
    guard let transformer = target.inputTransformer else { return }
    let paths = transformer.inputPathsMap ?? [:]
    guard paths.count <= 100 else {
      throw .validation("InputPathsMap for target \(target.id) has more than 100 entries.")
    }
    if let name = paths.keys.sorted().first(where: RuleVariables.isReserved) {
      throw .validation("InputPathsMap for target \(target.id) contains reserved key \(name): keys can not start with AWS.")
    }
    do throws(InputTemplateError) {
      for (_, path) in paths.sorted(by: { $0.key < $1.key }) { _ = try EventPath(path) }
      _ = try InputTemplate(rule: transformer.inputTemplate, names: paths.keys)
    } catch {
      throw .validation(error.sentence(target: target.id, template: transformer.inputTemplate))
    }
  }
}
