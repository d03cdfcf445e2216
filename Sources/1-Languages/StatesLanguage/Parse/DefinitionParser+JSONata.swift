import JSON
import JSONPath
import JSONata

/// Fields of JSONata states.
extension DefinitionParser {
  /// Where an expression stands, for what `$states` has there.
  enum ExpressionPlace {
    case input
    /// `Output` and `Assign` of a state that has a result.
    case result
    /// `Output` and `Assign` of a catcher.
    case catcher
  }

  /// Compiles the field; nil when it is absent or wrong.
  mutating func jsonataTemplate(_ name: String, _ fields: Fields, _ place: ExpressionPlace = .input) -> JSONataTemplate? {
    guard let value = fields.object[name] else { return nil }
    let before = findings.count { $0.severity == .error }
    let node = jsonataNode(value, at: fields.at(name), place, depth: 0)
    return findings.count { $0.severity == .error } == before ? JSONataTemplate(node) : nil
  }

  private mutating func jsonataNode(
    _ value: JSONValue, at location: String, _ place: ExpressionPlace, depth: Int
  ) -> JSONataTemplate.Node {
    guard depth < 512 else {
      findings.append(Diagnostic(.tooDeeplyNested, "The value is too deeply nested", at: location))
      return .constant(.null)
    }
    switch value {
    case .string(let text):
      guard JSONataExpression.marks(text) else { return .constant(value) }
      return jsonataExpression(text, at: location, place).map(JSONataTemplate.Node.expression) ?? .constant(.null)
    case .array(let elements):
      var nodes: [JSONataTemplate.Node] = []
      for (position, element) in elements.enumerated() {
        nodes.append(jsonataNode(element, at: "\(location)[\(position)]", place, depth: depth + 1))
      }
      return nodes.allSatisfy(\.isConstant) ? .constant(value) : .array(nodes)
    case .object(let object):
      var members: [(name: String, value: JSONataTemplate.Node)] = []
      for (name, member) in object { members.append((name, jsonataNode(member, at: "\(location)/\(name)", place, depth: depth + 1))) }
      return members.allSatisfy(\.value.isConstant) ? .constant(value) : .object(members)
    default: return .constant(value)
    }
  }

  /// Compiles `{% ... %}`.
  mutating func jsonataExpression(_ text: String, at location: String, _ place: ExpressionPlace = .input) -> JSONataExpression? {
    guard let inner = JSONataExpression.inside(text) else {
      refuse("JSONata string must start with {% and end with %}", at: location)
      return nil
    }
    let expression: JSONataExpression
    do throws(JSONataError) {
      expression = try JSONataExpression(inner)
    } catch {
      findings.append(Diagnostic(.invalidJsonataExpression, error.message, at: location))
      return nil
    }
    return checkReferences(inner, at: location, place) ? expression : nil
  }

  /// There is no input outside of `$states`, and `$states` has not everything everywhere.
  private mutating func checkReferences(_ text: String, at location: String, _ place: ExpressionPlace) -> Bool {
    let references = JSONata.references(of: text, profile: .stepFunctions)
    var messages = references.context.map { name in
      name == "$$" ? "Reference to '$$' is not supported." : "Reference to '\(name)' at the top level is not supported."
    }
    for member in references.statesMembers where !Self.statesMembers(place).contains(member) {
      messages.append("Field '$states.\(member)' does not exist.")
    }
    for message in messages { findings.append(Diagnostic(.unsupportedJsonataExpression, message, at: location)) }
    return messages.isEmpty
  }

  private static func statesMembers(_ place: ExpressionPlace) -> Set<String> {
    switch place {
    case .input: ["input", "context"]
    case .result: ["input", "context", "result"]
    case .catcher: ["input", "context", "errorOutput"]
    }
  }
}

extension JSONataTemplate.Node {
  var isConstant: Bool {
    if case .constant = self { true } else { false }
  }
}
