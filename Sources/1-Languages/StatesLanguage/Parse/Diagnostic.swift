import JSON

/// One finding about a definition, as ValidateStateMachineDefinition lists it.
///
/// Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
public struct Diagnostic: Error, Sendable, Hashable {
  public enum Severity: String, Sendable {
    /// The definition is refused.
    case error = "ERROR"
    case warning = "WARNING"
  }

  public enum Code: String, Sendable {
    case invalidJSON = "INVALID_JSON_DESCRIPTION"
    case missingDescription = "MISSING_DESCRIPTION"
    case schema = "SCHEMA_VALIDATION_FAILED"
    case invalidResource = "INVALID_RESOURCE"
    case missingEndState = "MISSING_END_STATE"
    case duplicateStateName = "DUPLICATE_STATE_NAME"
    case invalidStateName = "INVALID_STATE_NAME"
    case duplicateLabelName = "DUPLICATE_LABEL_NAME"
    case invalidLabelName = "INVALID_LABEL_NAME"
    case missingTransitionTarget = "MISSING_TRANSITION_TARGET"
    case tooDeeplyNested = "TOO_DEEPLY_NESTED"
    case reservedVariableName = "RESERVED_VARIABLE_NAME"
    case invalidVariableName = "INVALID_VARIABLE_NAME"
    case invalidJsonataExpression = "INVALID_JSONATA_EXPRESSION"
    case unsupportedJsonataExpression = "UNSUPPORTED_JSONATA_EXPRESSION"
    case noDollar = "NO_DOLLAR"
    case noPath = "NO_PATH"
    /// Found by `analyze`, not by AWS.
    case unresolvablePath = "UNRESOLVABLE_PATH"
    case unassignedVariable = "UNASSIGNED_VARIABLE"
    case variableOfOuterFlow = "VARIABLE_OF_OUTER_FLOW"
    case passResultIsStatic = "PASS_RESULT_IS_STATIC"
  }

  public let severity: Severity
  public let code: Code
  public let message: String
  /// Like `/States/A/Branches[0]/States/B/Next`; nil when the finding belongs to no place.
  public let location: String?

  public init(_ code: Code, _ message: String, at location: String?, severity: Severity = .error) {
    self.severity = severity
    self.code = code
    self.message = message
    self.location = location
  }

  /// The members as the operation answers them.
  public var json: JSONValue {
    var object = JSONObject()
    object["severity"] = .string(severity.rawValue)
    object["code"] = .string(code.rawValue)
    object["message"] = .string(message)
    if let location { object["location"] = .string(location) }
    return .object(object)
  }
}

/// What was found in a definition.
public struct DefinitionCheck: Sendable {
  /// Errors and warnings in the order AWS lists them.
  public let diagnostics: [Diagnostic]
  /// The compiled definition; nil when there is an error.
  public let definition: StateMachineDefinition?

  public var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }

  /// The sentence of CreateStateMachine's InvalidDefinition fault, or nil when the definition is accepted.
  public var invalidDefinition: String? {
    let errors = errors
    guard !errors.isEmpty else { return nil }
    let list = errors.map { "\($0.code.rawValue): \($0.message) at \($0.location ?? "null")" }.joined(separator: ", ")
    return "Invalid State Machine Definition: '\(list)'"
  }
}

extension StateMachineDefinition {
  /// Parses, checks and compiles a definition.
  ///
  /// - Parameters:
  ///   - text: JSON.
  ///   - type: Express machines may not use every integration.
  ///   - recognizes: which service integrations exist; those that do not are refused as AWS refuses them.
  public static func check(
    _ text: String, type: WorkflowType = .standard,
    recognizes: @escaping (TaskResource.Integration) -> Bool = { _ in true }
  ) -> DefinitionCheck {
    do throws(JSONParseError) {
      return check(try JSONValue(parsing: text), type: type, recognizes: recognizes)
    } catch {
      let message = "\(error.message) (line \(error.line), column \(error.column))"
      return DefinitionCheck(diagnostics: [Diagnostic(.invalidJSON, message, at: nil)], definition: nil)
    }
  }

  /// Checks and compiles a definition that has been parsed already.
  public static func check(
    _ json: JSONValue, type: WorkflowType = .standard,
    recognizes: @escaping (TaskResource.Integration) -> Bool = { _ in true }
  ) -> DefinitionCheck {
    var parser = DefinitionParser(type: type, recognizes: recognizes)
    return parser.machine(json)
  }
}
