import JSON

/// A compiled `States.Name(arguments)`.
struct IntrinsicCall: Sendable {
  /// The outermost call as written; error sentences name it also for the inner calls.
  let text: String
  let root: Call

  struct Call: Sendable {
    let function: IntrinsicFunction
    let arguments: [Argument]
  }

  indirect enum Argument: Sendable {
    case literal(JSONValue)
    case path(QueryExpression)
    case call(Call)
  }

  /// AWS allows ten nested calls in one field.
  static let nesting = 10

  init(_ text: String) throws(JSONPathSyntaxError) {
    self.text = text
    var parser = IntrinsicParser(text)
    root = try parser.whole()
  }

  var usesContext: Bool { root.expressions.contains { $0.usesContext } }
  var variableNames: [String] { root.expressions.flatMap(\.variableNames) }

  func evaluate(_ scope: QueryScope, _ environment: IntrinsicEnvironment) throws(QueryFailure) -> JSONValue {
    do throws(Refusal) {
      return try root.evaluate(scope, environment)
    } catch {
      throw .intrinsic(call: text, reason: error.reason)
    }
  }

  /// Why a call has no value, in AWS's words.
  struct Refusal: Error { let reason: String }
}

extension IntrinsicCall.Call {
  var expressions: [QueryExpression] {
    arguments.flatMap { argument -> [QueryExpression] in
      switch argument {
      case .literal: []
      case .path(let expression): [expression]
      case .call(let call): call.expressions
      }
    }
  }

  func evaluate(_ scope: QueryScope, _ environment: IntrinsicEnvironment) throws(IntrinsicCall.Refusal) -> JSONValue {
    var values: [JSONValue] = []
    values.reserveCapacity(arguments.count)
    for argument in arguments {
      switch argument {
      case .literal(let value): values.append(value)
      case .call(let call): values.append(try call.evaluate(scope, environment))
      case .path(let expression): values.append(try read(expression, scope, environment))
      }
    }
    guard let value = function.apply(values, environment) else {
      throw IntrinsicCall.Refusal(reason: "Invalid arguments in \(function.rawValue)")
    }
    return value
  }

  private func read(
    _ expression: QueryExpression, _ scope: QueryScope, _ environment: IntrinsicEnvironment
  ) throws(IntrinsicCall.Refusal) -> JSONValue {
    let resolution: QueryExpression.Resolution
    do throws(QueryFailure) {
      resolution = try expression.resolve(scope, environment)
    } catch {
      throw IntrinsicCall.Refusal(reason: error.cause(field: expression.text))
    }
    switch resolution {
    case .value(let value): return value
    case .missing(let miss) where miss.isWrongKind: throw IntrinsicCall.Refusal(reason: miss.sentence)
    case .missing, .unknownVariable:
      // The state's input is named even where the context object was searched.
      let path = expression.text.hasPrefix("$$") ? String(expression.text.dropFirst()) : expression.text
      throw IntrinsicCall.Refusal(
        reason: "The JsonPath argument for the field '\(path)' could not be found in the input '\(scope.input.text)'")
    }
  }
}
