import JSON
import JSONPath
import Time

extension Run {
  mutating func choose(
    _ strand: inout Strand, _ state: State, _ fields: ChoiceFields, _ around: Surroundings
  ) throws(Failure) -> StateOutcome {
    if state.queryLanguage == .jsonata { return try chooseByJSONata(&strand, state, fields, around) }
    let effective = try effectiveInput(strand, state, around)
    let scope = scope(strand, state, effective, context: fields.usesContext, around)
    for rule in fields.rules {
      do throws(ConditionFailure) {
        guard try rule.condition.holds(scope, interpreter.environment.intrinsics) else { continue }
      } catch {
        throw runtime(
          strand, state, "Invalid path '\(error.path)': The choice state's condition path references an invalid value.")
      }
      let assigned = try assign(&strand, state, rule.assign, effective, around)
      return try leave(&strand, state, output: effective, assigned: assigned, to: .next(rule.next), around)
    }
    guard let defaultState = fields.defaultState else {
      throw runtime(strand, state, "Failed to transition out of the state. The state does not point to a next state.")
    }
    let assigned = try assign(&strand, state, state.assign, effective, around)
    return try leave(&strand, state, output: effective, assigned: assigned, to: .next(defaultState), around)
  }
}

extension Run {
  private mutating func chooseByJSONata(
    _ strand: inout Strand, _ state: State, _ fields: ChoiceFields, _ around: Surroundings
  ) throws(Failure) -> StateOutcome {
    let input = step(strand).input
    for (position, rule) in fields.rules.enumerated() {
      let place = "Choices[\(position)]/"
      switch rule.condition {
      case .constant(let holds): if !holds { continue }
      case .jsonata(let expression):
        guard try evaluate(expression, "\(place)Condition", as: "boolean", \.bool, strand, state, around) else { continue }
      default: continue
      }
      return try leave(&strand, state, rule.assign, rule.output, place, .none, data: input, to: .next(rule.next), around)
    }
    guard let defaultState = fields.defaultState else {
      throw runtime(strand, state, "Failed to transition out of the state. The state does not point to a next state.")
    }
    return try leave(&strand, state, state.assign, state.output.output, "", .none, data: input, to: .next(defaultState), around)
  }
}

/// A condition looked at a place that is not there.
struct ConditionFailure: Error {
  let path: String
}

extension ChoiceFields {
  var usesContext: Bool { rules.contains { $0.condition.usesContext } }
}

extension ChoiceFields.Condition {
  var usesContext: Bool {
    switch self {
    case .and(let inner), .or(let inner): inner.contains(where: \.usesContext)
    case .not(let inner): inner.usesContext
    case .test(let variable, let comparison): variable.usesContext || comparison.usesContext
    case .jsonata, .constant: false
    }
  }

  func holds(_ scope: QueryScope, _ environment: IntrinsicEnvironment) throws(ConditionFailure) -> Bool {
    switch self {
    case .and(let inner):
      for condition in inner where try !condition.holds(scope, environment) { return false }
      return true
    case .or(let inner):
      for condition in inner where try condition.holds(scope, environment) { return true }
      return false
    case .not(let inner): return try !inner.holds(scope, environment)
    case .test(let variable, let comparison): return try comparison.holds(variable, scope, environment)
    case .jsonata: return false
    case .constant(let holds): return holds
    }
  }
}

extension ChoiceFields.Comparison {
  var usesContext: Bool {
    func uses<Value>(_ operand: ChoiceFields.Operand<Value>) -> Bool {
      if case .path(let expression) = operand { expression.usesContext } else { false }
    }
    return switch self {
    case .string(_, let operand): uses(operand)
    case .numeric(_, let operand): uses(operand)
    case .boolean(let operand): uses(operand)
    case .timestamp(_, let operand): uses(operand)
    default: false
    }
  }

  func holds(
    _ variable: QueryExpression, _ scope: QueryScope, _ environment: IntrinsicEnvironment
  ) throws(ConditionFailure) -> Bool {
    if case .isPresent(let wanted) = self { return (Self.found(variable, scope, environment) != nil) == wanted }
    let value = try Self.read(variable, scope, environment)
    switch self {
    case .string(let order, let operand):
      guard case .string(let left) = value, let right = try Self.read(operand, scope, environment, \.string) else { return false }
      return order.holds(Self.order(left, right))
    case .stringMatches(let pattern): return value.string.map(pattern.matches) ?? false
    case .numeric(let order, let operand):
      guard value.isNumber, let right = try Self.read(operand, scope, environment, Self.number) else { return false }
      return order.holds(Self.order(value, right))
    case .boolean(let operand):
      guard case .bool(let left) = value, let right = try Self.read(operand, scope, environment, \.bool) else { return false }
      return left == right
    case .timestamp(let order, let operand):
      guard let left = Self.instant(value), let right = try Self.read(operand, scope, environment, Self.instant) else { return false }
      return order.holds(left == right ? 0 : (left < right ? -1 : 1))
    case .isNull(let wanted): return value.isNull == wanted
    case .isNumeric(let wanted): return value.isNumber == wanted
    case .isString(let wanted): return (value.string != nil) == wanted
    case .isBoolean(let wanted): return (value.bool != nil) == wanted
    case .isTimestamp(let wanted): return (Self.instant(value) != nil) == wanted
    case .isPresent: return false
    }
  }

  private static func found(
    _ expression: QueryExpression, _ scope: QueryScope, _ environment: IntrinsicEnvironment
  ) -> JSONValue? {
    guard case .value(let value)? = try? expression.resolve(scope, environment) else { return nil }
    return value
  }

  private static func read(
    _ expression: QueryExpression, _ scope: QueryScope, _ environment: IntrinsicEnvironment
  ) throws(ConditionFailure) -> JSONValue {
    guard let value = found(expression, scope, environment) else { throw ConditionFailure(path: expression.text) }
    return value
  }

  private static func read<Value>(
    _ operand: ChoiceFields.Operand<Value>, _ scope: QueryScope, _ environment: IntrinsicEnvironment,
    _ convert: (JSONValue) -> Value?
  ) throws(ConditionFailure) -> Value? {
    switch operand {
    case .literal(let value): value
    case .path(let expression): convert(try read(expression, scope, environment))
    }
  }

  /// A literal `nil` would be JSON's null.
  private static func number(_ value: JSONValue) -> JSONValue? {
    if value.isNumber { return value }
    return Optional.none
  }

  private static func instant(_ value: JSONValue) -> Timestamp? { value.string.flatMap { Timestamp(iso8601: $0) } }

  /// By UTF-16 code units, as Java compares.
  private static func order(_ left: String, _ right: String) -> Int {
    if left.utf16.elementsEqual(right.utf16) { return 0 }
    return left.utf16.lexicographicallyPrecedes(right.utf16) ? -1 : 1
  }

  private static func order(_ left: JSONValue, _ right: JSONValue) -> Int {
    if left == right { return 0 }
    if case .int(let a) = left, case .int(let b) = right { return a < b ? -1 : 1 }
    let (a, b) = (left.double ?? 0, right.double ?? 0)
    return a < b ? -1 : (a > b ? 1 : 0)
  }
}

extension ChoiceFields.Order {
  func holds(_ order: Int) -> Bool {
    switch self {
    case .equals: order == 0
    case .lessThan: order < 0
    case .greaterThan: order > 0
    case .lessThanEquals: order <= 0
    case .greaterThanEquals: order >= 0
    }
  }
}
