import JSON
import JSONPath

extension DefinitionParser {
  /// Fields each type accepts besides `Type`, `Comment` and `QueryLanguage`.
  static let accepted: [String: Set<String>] = [
    "Pass": ["InputPath", "OutputPath", "Result", "ResultPath", "Parameters", "Output", "Assign", "Next", "End"],
    "Task": [
      "InputPath", "OutputPath", "ResultPath", "Parameters", "Arguments", "Output", "Assign", "Resource", "Credentials",
      "ResultSelector", "Retry", "Catch", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath",
      "Next", "End",
    ],
    "Wait": [
      "InputPath", "OutputPath", "Output", "Assign", "Seconds", "Timestamp", "SecondsPath", "TimestampPath", "Next", "End",
    ],
    "Parallel": [
      "InputPath", "OutputPath", "ResultPath", "Parameters", "Arguments", "Output", "Assign", "ResultSelector", "Retry", "Catch",
      "Branches", "Next", "End",
    ],
    "Map": [
      "InputPath", "OutputPath", "ResultPath", "Parameters", "Output", "Assign", "ResultSelector", "Retry", "Catch",
      "ItemProcessor", "Iterator", "ItemsPath", "Items", "ItemSelector", "ItemReader", "ItemBatcher", "ResultWriter",
      "MaxConcurrency", "MaxConcurrencyPath", "ToleratedFailurePercentage", "ToleratedFailurePercentagePath",
      "ToleratedFailureCount", "ToleratedFailureCountPath", "Label", "Next", "End",
    ],
    "Choice": ["InputPath", "OutputPath", "Output", "Assign", "Choices", "Default"],
    "Succeed": ["InputPath", "OutputPath", "Output"],
    "Fail": ["Error", "Cause", "ErrorPath", "CausePath"],
  ]
  static let types = ["Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"]
  static let jsonPathOnly: Set<String> = [
    "InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "Result", "ItemsPath", "TimeoutSecondsPath",
    "HeartbeatSecondsPath", "SecondsPath", "TimestampPath", "MaxConcurrencyPath", "ToleratedFailurePercentagePath",
    "ToleratedFailureCountPath", "ErrorPath", "CausePath",
  ]
  /// Types whose `Output` and `Assign` see a result.
  static let hasResult: Set<String> = ["Task", "Parallel", "Map"]
  static let jsonataOnly: Set<String> = ["Arguments", "Output", "Items"]

  mutating func state(_ name: String, _ json: JSONValue, _ scope: Scope) -> State? {
    let location = "\(scope.location)/States/\(name)"
    guard case .object(let object) = json else {
      refuse("Expected value of type [OBJECT]", at: location)
      return nil
    }
    let fields = Fields(object: object, location: location)
    checkName(name, at: location)
    let before = findings.count { $0.severity == .error }
    require(["Type"], in: fields)
    guard let type = text("Type", fields), let accepted = Self.accepted[type] else {
      if let type = fields.object["Type"]?.string, Self.accepted[type] == nil {
        refuse("The field 'Type' should have one of these values: [\(Self.types.joined(separator: ", "))]", at: fields.at("Type"))
      }
      return nil
    }
    allow(accepted.union(["Type", "Comment", "QueryLanguage"]), in: fields)
    let language = stateLanguage(fields)
    let kind = kind(type, fields, language, scope)
    let transition = transition(type, fields, scope)
    let place = Self.hasResult.contains(type) ? ExpressionPlace.result : .input
    let state = kind.map {
      State(
        name: name, comment: text("Comment", fields), queryLanguage: language, kind: $0, transition: transition,
        input: inputFields(type, fields, language), output: outputFields(fields, language, place),
        assign: assignment(fields, language, place),
        location: location)
    }
    // A transition that leads nowhere is reported by itself; the rest of the flow is still looked at.
    return findings.count { $0.severity == .error } == before ? state : nil
  }

  private mutating func checkName(_ name: String, at location: String) {
    if name.isEmpty || name.unicodeScalars.count > 80 {
      let message =
        name.isEmpty ? "State name cannot be empty" : "State name '\(name)' exceeds the 80-character limit allowed by the service"
      findings.append(Diagnostic(.invalidStateName, message, at: location))
    }
    if !names.insert(name).inserted {
      findings.append(Diagnostic(.duplicateStateName, "Duplicate State name: \(name)", at: location))
    }
  }

  /// The declared language and whether it was spelled as AWS wants it. Anything but `JSONPath` means JSONata.
  mutating func queryLanguage(_ fields: Fields) -> (QueryLanguage, exact: Bool)? {
    guard let value = fields.object["QueryLanguage"] else { return nil }
    guard case .string(let text) = value else {
      refuse("Expected value of type [STRING]", at: fields.at("QueryLanguage"))
      return (.jsonata, false)
    }
    guard let language = QueryLanguage(rawValue: text) else {
      refuse("Value should be one of the following: [JSONPath, JSONata]", at: fields.at("QueryLanguage"))
      return (.jsonata, false)
    }
    return (language, true)
  }

  private mutating func stateLanguage(_ fields: Fields) -> QueryLanguage {
    let held = findings
    let declared = queryLanguage(fields)
    // AWS lists the fields of the wrong language before the language's own spelling.
    let late = findings[held.count...]
    findings = held
    defer { findings += late }
    let effective = declared?.0 ?? language
    if language == .jsonata, effective == .jsonPath {
      refuse("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", at: fields.location)
      return effective
    }
    let (mine, other) =
      effective == .jsonPath ? (Self.jsonataOnly, QueryLanguage.jsonata) : (Self.jsonPathOnly, QueryLanguage.jsonPath)
    for name in fields.object.keys where mine.contains(name) {
      refuse(
        "The QueryLanguage is set to '\(effective.rawValue)', but field '\(name)' is only supported for the "
          + "'\(other.rawValue)' QueryLanguage", at: fields.location)
    }
    return effective
  }

  private mutating func transition(_ type: String, _ fields: Fields, _ scope: Scope) -> State.Transition {
    guard type != "Choice", type != "Succeed", type != "Fail" else { return .none }
    var end = false
    if let value = fields.object["End"] {
      guard case .bool(let flag) = value else {
        refuse("Expected value of type [BOOLEAN]", at: fields.at("End"))
        return .none
      }
      end = flag
    }
    switch (fields.has("Next"), end) {
    case (true, true): refuse("There should only be one of the following fields: [Next, End]", at: fields.location)
    case (false, false): refuse("This object should have only one of the following fields: [Next, End]", at: fields.location)
    case (false, true): return .end
    case (true, false):
      if let name = text("Next", fields), let position = target(name, at: fields.at("Next"), scope) { return .next(position) }
    }
    return .none
  }

  private mutating func inputFields(_ type: String, _ fields: Fields, _ language: QueryLanguage) -> State.InputFields {
    // A Map state's Parameters are its ItemSelector.
    let parameters = type == "Map" || language == .jsonata ? nil : template("Parameters", fields)
    return State.InputFields(
      path: pathField("InputPath", fields, language), parameters: parameters,
      arguments: language == .jsonata ? jsonataTemplate("Arguments", fields) : nil)
  }

  private mutating func outputFields(_ fields: Fields, _ language: QueryLanguage, _ place: ExpressionPlace) -> State.OutputFields {
    State.OutputFields(
      selector: language == .jsonPath ? template("ResultSelector", fields) : nil,
      resultPath: resultPath(fields, language), path: pathField("OutputPath", fields, language),
      output: language == .jsonata ? jsonataTemplate("Output", fields, place) : nil)
  }

  private mutating func pathField(_ name: String, _ fields: Fields, _ language: QueryLanguage) -> State.PathField {
    guard language == .jsonPath, let value = fields.object[name] else { return .whole }
    if value.isNull { return .nothing }
    guard let expression = expression(name, fields) else { return .whole }
    return expression.isWholeInput ? .whole : .expression(expression)
  }

  mutating func resultPath(_ fields: Fields, _ language: QueryLanguage) -> State.ResultPathField {
    guard language == .jsonPath, let value = fields.object["ResultPath"] else { return .replace }
    if value.isNull { return .discard }
    guard let text = text("ResultPath", fields) else { return .replace }
    guard let path = try? ReferencePath(text) else {
      refuse("Value is not a Reference Path", at: fields.at("ResultPath"))
      return .replace
    }
    return path.isRoot ? .replace : .path(path)
  }

  mutating func assignment(_ fields: Fields, _ language: QueryLanguage, _ place: ExpressionPlace = .input) -> State.Assignment? {
    guard let assign = object("Assign", fields) else { return nil }
    for key in assign.object.keys {
      let name = language == .jsonPath && key.hasSuffix(".$") ? String(key.dropLast(2)) : key
      if name == "states" {
        findings.append(Diagnostic(.reservedVariableName, "Cannot assign to reserved variable '$states'.", at: assign.location))
      } else if !QueryExpression.isVariableName(name) {
        findings.append(
          Diagnostic(
            .invalidVariableName, "Invalid variable name '\(name)': the variable name contains invalid characters.",
            at: assign.location))
      }
    }
    if language == .jsonata { return jsonataTemplate("Assign", fields, place).map(State.Assignment.jsonata) }
    return template("Assign", fields).map(State.Assignment.jsonPath)
  }
}
