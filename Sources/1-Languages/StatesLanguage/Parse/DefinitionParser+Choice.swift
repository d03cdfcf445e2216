import JSON
import JSONPath
import Time

extension DefinitionParser {
  mutating func choice(_ fields: Fields, _ language: QueryLanguage, _ scope: Scope) -> ChoiceFields? {
    require(["Choices"], in: fields)
    var rules: [ChoiceFields.Rule] = []
    for rule in objects("Choices", fields) {
      let condition = condition(rule, language, depth: 0)
      let assign = assignment(rule, language)
      let output = language == .jsonata ? jsonataTemplate("Output", rule) : nil
      require(["Next"], in: rule)
      if let name = text("Next", rule), let next = target(name, at: rule.at("Next"), scope), let condition {
        rules.append(ChoiceFields.Rule(condition: condition, next: next, assign: assign, output: output))
      }
    }
    let defaultState = text("Default", fields).flatMap { target($0, at: fields.at("Default"), scope) }
    return ChoiceFields(rules: rules, defaultState: defaultState)
  }

  private mutating func condition(_ fields: Fields, _ language: QueryLanguage, depth: Int) -> ChoiceFields.Condition? {
    guard depth < Self.nesting else {
      findings.append(Diagnostic(.tooDeeplyNested, "The rules are too deeply nested", at: fields.location))
      return nil
    }
    let top: Set<String> = depth == 0 ? ["Next", "Assign", "Output", "Comment"] : ["Comment"]
    let selectors = ["And", "Or", "Not", "Variable", "Condition"]
    allow(top.union(selectors).union(Self.comparisons), in: fields)
    refuseOtherLanguage(["And", "Or", "Not", "Variable"], ["Condition", "Output"], fields, language)
    let present = selectors.filter { fields.has($0) }
    guard present.count == 1 else {
      refuse(
        "The object must have only one of the following fields, [\(selectors.joined(separator: ", "))]", at: fields.location)
      return nil
    }
    switch present[0] {
    case "And": return conditions("And", fields, language, depth).map(ChoiceFields.Condition.and)
    case "Or": return conditions("Or", fields, language, depth).map(ChoiceFields.Condition.or)
    case "Not":
      return object("Not", fields).flatMap { condition($0, language, depth: depth + 1) }.map(ChoiceFields.Condition.not)
    case "Condition": return jsonataCondition(fields)
    default: return test(fields)
    }
  }

  private mutating func jsonataCondition(_ fields: Fields) -> ChoiceFields.Condition? {
    switch fields.object["Condition"] {
    case .bool(let flag)?: return .constant(flag)
    case .string(let text)? where JSONataExpression.marks(text):
      return jsonataExpression(text, at: fields.at("Condition")).map(ChoiceFields.Condition.jsonata)
    default:
      refuse("Expected value of type [BOOLEAN]", at: fields.at("Condition"))
      return nil
    }
  }

  private mutating func conditions(
    _ name: String, _ fields: Fields, _ language: QueryLanguage, _ depth: Int
  ) -> [ChoiceFields.Condition]? {
    let inner = objects(name, fields)
    let conditions = inner.compactMap { condition($0, language, depth: depth + 1) }
    return conditions.count == inner.count ? conditions : nil
  }

  private mutating func test(_ fields: Fields) -> ChoiceFields.Condition? {
    let present = fields.object.keys.filter { Self.comparisons.contains($0) }
    guard present.count == 1, let name = present.first else {
      let list = Self.comparisonOrder.joined(separator: ", ")
      refuse("There should only be one of the following fields: [\(list)]", at: fields.location)
      return nil
    }
    guard let variable = variable("Variable", fields), let comparison = comparison(name, fields) else { return nil }
    return .test(variable, comparison)
  }

  private mutating func variable(_ name: String, _ fields: Fields) -> QueryExpression? {
    guard let text = text(name, fields) else { return nil }
    guard text.hasPrefix("$"), let expression = try? QueryExpression(text) else {
      let reason = text.hasPrefix("$") ? "" : ": Reference path didn't start with '$'"
      refuse("Value is not a Reference Path\(reason)", at: fields.at(name))
      return nil
    }
    return expression
  }

  static let comparisonOrder: [String] = {
    var names: [String] = []
    for kind in ["String", "Numeric", "Timestamp"] {
      for order in ChoiceFields.Order.allCases { names += ["\(kind)\(order.rawValue)", "\(kind)\(order.rawValue)Path"] }
    }
    return names + [
      "BooleanEquals", "BooleanEqualsPath", "StringMatches", "IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp",
    ]
  }()
  static let comparisons = Set(comparisonOrder)

  private mutating func comparison(_ name: String, _ fields: Fields) -> ChoiceFields.Comparison? {
    if name.hasPrefix("Is") { return kindTest(name, fields) }
    if name == "StringMatches" {
      guard let text = text(name, fields) else { return nil }
      guard let pattern = StringPattern(text) else {
        refuse("Value is not a valid pattern", at: fields.at(name))
        return nil
      }
      return .stringMatches(pattern)
    }
    let isPath = name.hasSuffix("Path")
    let base = isPath ? String(name.dropLast(4)) : name
    let path = isPath ? variable(name, fields) : nil
    if isPath, path == nil { return nil }
    if base == "BooleanEquals" {
      if let path { return .boolean(.path(path)) }
      return flag(name, fields).map { .boolean(.literal($0)) }
    }
    for order in ChoiceFields.Order.allCases {
      switch base {
      case "String\(order.rawValue)":
        return path.map { .string(order, .path($0)) } ?? text(name, fields).map { .string(order, .literal($0)) }
      case "Numeric\(order.rawValue)":
        return path.map { .numeric(order, .path($0)) } ?? numeric(name, fields).map { .numeric(order, .literal($0)) }
      case "Timestamp\(order.rawValue)":
        return path.map { .timestamp(order, .path($0)) } ?? instant(name, fields).map { .timestamp(order, .literal($0)) }
      default: continue
      }
    }
    return nil
  }

  private mutating func kindTest(_ name: String, _ fields: Fields) -> ChoiceFields.Comparison? {
    guard let wanted = flag(name, fields) else { return nil }
    switch name {
    case "IsNull": return .isNull(wanted)
    case "IsPresent": return .isPresent(wanted)
    case "IsNumeric": return .isNumeric(wanted)
    case "IsString": return .isString(wanted)
    case "IsBoolean": return .isBoolean(wanted)
    default: return .isTimestamp(wanted)
    }
  }

  private mutating func flag(_ name: String, _ fields: Fields) -> Bool? {
    guard let flag = fields.object[name]?.bool else {
      refuse("Expected value of type [BOOLEAN]", at: fields.at(name))
      return nil
    }
    return flag
  }

  private mutating func numeric(_ name: String, _ fields: Fields) -> JSONValue? {
    guard let value = fields.object[name], value.isNumber else {
      refuse("Expected value of type Number", at: fields.at(name))
      return nil
    }
    return value
  }

  private mutating func instant(_ name: String, _ fields: Fields) -> Timestamp? {
    guard let text = text(name, fields) else { return nil }
    guard let instant = Timestamp(iso8601: text) else {
      refuse("String does not match RFC3339 timestamp", at: fields.at(name))
      return nil
    }
    return instant
  }
}
