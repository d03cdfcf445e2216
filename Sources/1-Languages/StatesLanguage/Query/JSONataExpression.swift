import JSON
import JSONPath
import JSONata

/// One compiled `{% ... %}` of a JSONata state.
public struct JSONataExpression: Sendable {
  /// What stands between `{%` and `%}`, without the spaces around it.
  public let text: String
  let program: JSONata
  /// True when it may look at `$states.context`.
  let usesContext: Bool
  /// Variables it reads, without `$`.
  public let variableNames: Set<String>

  /// - Parameter text: without `{%` and `%}`.
  init(_ text: String) throws(JSONataError) {
    self.text = text
    program = try JSONata(text, profile: .stepFunctions)
    let references = JSONata.references(of: text, profile: .stepFunctions)
    usesContext =
      references.readsStatesWhole || references.statesMembers.contains("context")
      || (references == JSONataReferences() && text.contains("states"))
    variableNames = references.variables
  }

  /// True for a text that AWS takes for an expression.
  static func marks(_ text: String) -> Bool { text.hasPrefix("{%") }

  /// The expression in `{% ... %}`; nil when the end is missing.
  static func inside(_ text: String) -> String? {
    guard text.hasPrefix("{%"), text.hasSuffix("%}"), text.utf8.count >= 4 else { return nil }
    let inner = text.utf8.dropFirst(2).dropLast(2)
    func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
    guard let first = inner.firstIndex(where: { !isSpace($0) }), let last = inner.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(Substring(inner[first...last]))
  }
}

/// A field of a JSONata state: JSON in which every text `{% ... %}` is computed.
///
/// Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
public struct JSONataTemplate: Sendable {
  let root: Node
  let usesContext: Bool
  /// Variables it reads, without `$`.
  public let variableNames: Set<String>

  indirect enum Node: Sendable {
    case constant(JSONValue)
    case array([Node])
    case object([(name: String, value: Node)])
    case expression(JSONataExpression)
  }

  init(_ root: Node) {
    self.root = root
    var usesContext = false
    var names: Set<String> = []
    root.each { expression in
      usesContext = usesContext || expression.usesContext
      names.formUnion(expression.variableNames)
    }
    self.usesContext = usesContext
    variableNames = names
  }

  /// The expression, when the whole field is one.
  var expression: JSONataExpression? {
    if case .expression(let expression) = root { expression } else { nil }
  }
}

extension JSONataTemplate.Node {
  func each(_ body: (JSONataExpression) -> Void) {
    switch self {
    case .constant: break
    case .array(let nodes): nodes.forEach { $0.each(body) }
    case .object(let members): members.forEach { $0.value.each(body) }
    case .expression(let expression): body(expression)
    }
  }
}

/// Why a field of a JSONata state has no value, in AWS's words but without the part that names the state.
struct JSONataFailure: Error {
  let cause: String
  /// Like `Output/name[1]`.
  let location: String?

  init(_ cause: String, at location: String?) {
    self.cause = cause
    self.location = location
  }

  /// The value is of another type than the field needs.
  static func type(_ expression: JSONataExpression, _ wanted: String, _ value: JSONValue, at location: String) -> JSONataFailure {
    JSONataFailure(
      "The JSONata expression '\(expression.text)' specified for the field '\(location)' returned an unexpected result type. "
        + "Expected '\(wanted)', but was '\(value.jsonataType)' for value: \(value.text)", at: location)
  }
}

extension JSONValue {
  /// The type as error sentences name it.
  var jsonataType: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .int, .double, .bigInteger: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}

/// What the expressions of one state can see, and what they may use.
struct JSONataScope {
  var bindings: [String: JSONValue]
  let sources: JSONata.Sources
  let limits: JSONata.Limits

  func value(of expression: JSONataExpression, at location: String) throws(JSONataFailure) -> JSONValue {
    let value: JSONValue?
    do throws(JSONataError) {
      value = try expression.program.evaluate(nil, bindings: bindings, sources: sources, limits: limits)
    } catch {
      // A sentence with a code stands by itself; one without belongs to what is said before it.
      let reason = error.code == "U1001" ? ": \(Self.exceeded(error.message))" : ". \(error.code): \(error.message)"
      throw JSONataFailure(
        "The JSONata expression '\(expression.text)' specified for the field '\(location)' threw an error during evaluation\(reason)",
        at: location)
    }
    guard let value else {
      throw JSONataFailure(
        "The JSONata expression '\(expression.text)' specified for the field '\(location)' returned nothing (undefined).", at: location)
    }
    return value
  }

  /// AWS's words for an expression that would use too much.
  private static func exceeded(_ message: String) -> String {
    if message.hasPrefix("Stack overflow error") || message.hasPrefix("Values or functions are nested") {
      return "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
    }
    if message.contains("steps") || message.contains("timeout") { return "Expression evaluation timeout: Check for infinite loop" }
    return "Expression evaluation memory limit exceeded: Check for excessive memory usage"
  }

  func value(of template: JSONataTemplate, at location: String) throws(JSONataFailure) -> JSONValue {
    try value(of: template.root, at: location)
  }

  private func value(of node: JSONataTemplate.Node, at location: String) throws(JSONataFailure) -> JSONValue {
    switch node {
    case .constant(let value): return value
    case .expression(let expression): return try value(of: expression, at: location)
    case .array(let nodes):
      var elements: [JSONValue] = []
      elements.reserveCapacity(nodes.count)
      for (position, node) in nodes.enumerated() { elements.append(try value(of: node, at: "\(location)[\(position)]")) }
      return .array(elements)
    case .object(let members):
      var object = JSONObject()
      object.reserveCapacity(members.count)
      for member in members { object[member.name] = try value(of: member.value, at: "\(location)/\(member.name)") }
      return .object(object)
    }
  }
}
