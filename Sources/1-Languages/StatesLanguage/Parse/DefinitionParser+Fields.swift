import JSON
import JSONPath

/// Reading single fields, with AWS's sentence where one is wrong.
extension DefinitionParser {
  mutating func refuse(_ message: String, at location: String) {
    findings.append(Diagnostic(.schema, message, at: location))
  }

  mutating func warn(_ code: Diagnostic.Code, _ message: String, at location: String) {
    findings.append(Diagnostic(code, message, at: location, severity: .warning))
  }

  mutating func allow(_ names: Set<String>, in fields: Fields) {
    for name in fields.object.keys where !names.contains(name) {
      refuse("Field '\(name)' is not supported", at: fields.location)
    }
  }

  mutating func require(_ names: [String], in fields: Fields) {
    let missing = names.filter { !fields.has($0) }
    if !missing.isEmpty { refuse("These fields are required: [\(missing.joined(separator: ", "))]", at: fields.location) }
  }

  /// Answers the one field that is there.
  mutating func only(oneOf names: [String], in fields: Fields, required: Bool) -> String? {
    let present = names.filter { fields.has($0) }
    let list = names.joined(separator: ", ")
    if present.count > 1 { refuse("There should only be one of the following fields: [\(list)]", at: fields.location) }
    if present.isEmpty, required {
      refuse("This object should have only one of the following fields: [\(list)]", at: fields.location)
    }
    return present.count == 1 ? present[0] : nil
  }

  mutating func text(_ name: String, _ fields: Fields) -> String? {
    guard let value = fields.object[name] else { return nil }
    guard case .string(let text) = value else {
      refuse("Expected value of type [STRING]", at: fields.at(name))
      return nil
    }
    return text
  }

  mutating func choice(_ name: String, _ fields: Fields, _ values: [String]) -> String? {
    guard let text = text(name, fields) else { return nil }
    guard values.contains(text) else {
      refuse("Value should be one of the following: [\(values.joined(separator: ", "))]", at: fields.at(name))
      return nil
    }
    return text
  }

  mutating func object(_ name: String, _ fields: Fields) -> Fields? {
    guard let value = fields.object[name] else { return nil }
    guard case .object(let object) = value else {
      refuse("Expected value of type [OBJECT]", at: fields.at(name))
      return nil
    }
    return Fields(object: object, location: fields.at(name))
  }

  /// The objects of a list that must not be empty.
  mutating func objects(_ name: String, _ fields: Fields, mayBeEmpty: Bool = false) -> [Fields] {
    guard let value = fields.object[name] else { return [] }
    guard case .array(let elements) = value else {
      refuse("Expected value of type [ARRAY]", at: fields.at(name))
      return []
    }
    if elements.isEmpty, !mayBeEmpty { refuse("Value cannot be empty", at: fields.at(name)) }
    var objects: [Fields] = []
    for (position, element) in elements.enumerated() {
      let location = "\(fields.at(name))[\(position)]"
      if case .object(let object) = element {
        objects.append(Fields(object: object, location: location))
      } else {
        refuse("Expected value of type [OBJECT]", at: location)
      }
    }
    return objects
  }

  mutating func whole(_ name: String, _ fields: Fields, _ range: ClosedRange<Int64>) -> Int64? {
    guard let value = fields.object[name] else { return nil }
    if case .bigInteger(let digits) = value {
      refuse(digits.hasPrefix("-") ? "Minimum value is \(range.lowerBound)" : "Maximum value is \(range.upperBound)", at: fields.at(name))
      return nil
    }
    guard let number = value.int else {
      refuse("Expected value of type Integer", at: fields.at(name))
      return nil
    }
    if number < range.lowerBound { refuse("Minimum value is \(range.lowerBound)", at: fields.at(name)) }
    if number > range.upperBound { refuse("Maximum value is \(range.upperBound)", at: fields.at(name)) }
    return number
  }

  mutating func number(_ name: String, _ fields: Fields, _ range: ClosedRange<Double>, shown: (String, String)) -> Double? {
    guard let value = fields.object[name] else { return nil }
    guard let number = value.double else {
      refuse("Expected value of type Number", at: fields.at(name))
      return nil
    }
    if number < range.lowerBound { refuse("Minimum value is \(shown.0)", at: fields.at(name)) }
    if number > range.upperBound { refuse("Maximum value is \(shown.1)", at: fields.at(name)) }
    return number
  }

  /// A path or an intrinsic call.
  mutating func expression(_ name: String, _ fields: Fields, reference: Bool = false) -> QueryExpression? {
    guard let text = text(name, fields) else { return nil }
    guard let expression = try? QueryExpression(text) else {
      refuse(reference ? "Value is not a Reference Path" : "Value must be a valid JSONPath.", at: fields.at(name))
      return nil
    }
    if reference, !expression.isIntrinsic, !expression.isDefinite || expression.inputPath.map({ !$0.isReference }) == true {
      refuse("Value is not a Reference Path", at: fields.at(name))
    }
    return expression
  }

  mutating func template(_ name: String, _ fields: Fields) -> PayloadTemplate? {
    guard let value = fields.object[name] else { return nil }
    warnAboutPaths(value, at: fields.at(name), depth: 0)
    do throws(PayloadTemplate.Fault) {
      return try PayloadTemplate(value)
    } catch {
      refuse(error.message, at: fields.at(name))
      return nil
    }
  }

  /// Texts that look computed under a name that is not.
  private mutating func warnAboutPaths(_ value: JSONValue, at location: String, depth: Int) {
    guard depth < 64, case .object(let object) = value else { return }
    for (name, member) in object where !name.hasSuffix(".$") {
      if case .string(let text) = member, text.hasPrefix("$.") || text.hasPrefix("$$.") || text.hasPrefix("States."),
        (try? QueryExpression(text)) != nil
      {
        warn(
          .noDollar, "The value of '\(name)' looks like a path or an intrinsic function, but its name does not end with '.$'", at: location)
      }
      warnAboutPaths(member, at: "\(location)/\(name)", depth: depth + 1)
    }
  }

  /// A position in the flow for a state's name.
  mutating func target(_ name: String, at location: String, _ scope: Scope) -> Int? {
    if let position = scope.positions[name] { return position }
    transitionFindings.append(Diagnostic(.missingTransitionTarget, "Missing 'Next' target: \(name)", at: location))
    return nil
  }
}
