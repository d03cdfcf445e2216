import JSON

/// Puts values in the places of a dashboard's variables.
///
/// Source: Amazon CloudWatch User Guide, "Create flexible dashboards with dashboard variables".
/// Differs: the text of a pattern variable is taken as it is, not as a regular expression.
enum DashboardVariables {
  /// The widget with the values, by the ids of the variables; a variable without a value has its default.
  static func apply(_ variables: [JSONValue], _ values: [String: JSONValue], to widget: JSONValue) -> JSONValue {
    var widget = widget
    for variable in variables {
      guard let id = variable["id"]?.string, let value = values[id] ?? variable["defaultValue"], value != "__FIRST" else { continue }
      if let property = variable["property"]?.string {
        widget = replace(property, value, in: widget)
      } else if let pattern = variable["pattern"]?.string, !pattern.isEmpty {
        widget = replace(pattern: pattern, value.string ?? value.text, in: widget)
      }
    }
    return widget
  }

  private static func replace(_ property: String, _ value: JSONValue, in document: JSONValue) -> JSONValue {
    switch document {
    case .object(let object):
      var changed = JSONObject()
      for (name, member) in object { changed[name] = name == property ? value : replace(property, value, in: member) }
      return .object(changed)
    case .array(let elements):
      var changed = elements.map { replace(property, value, in: $0) }
      // A row of a metric: the value of the dimension of that name.
      for position in elements.indices.dropFirst(2) where position % 2 == 0 && position + 1 < elements.count {
        if elements[position].string == property, elements[position + 1].string != nil {
          changed[position + 1] = .string(value.string ?? value.text)
        }
      }
      return .array(changed)
    default: return document
    }
  }

  private static func replace(pattern: String, _ value: String, in document: JSONValue) -> JSONValue {
    switch document {
    case .object(let object):
      var changed = JSONObject()
      for (name, member) in object { changed[name] = replace(pattern: pattern, value, in: member) }
      return .object(changed)
    case .array(let elements): return .array(elements.map { replace(pattern: pattern, value, in: $0) })
    case .string(let text): return .string(replaced(text, pattern, value))
    default: return document
    }
  }

  private static func replaced(_ text: String, _ pattern: String, _ value: String) -> String {
    var result = ""
    var rest = text[...]
    while let range = rest.firstRange(of: pattern) {
      result += rest[..<range.lowerBound] + value
      rest = rest[range.upperBound...]
      if result.utf8.count > 1 << 20 { break }
    }
    return result + rest
  }
}
