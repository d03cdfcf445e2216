import JSON
import JSONPath
import JSONata
import Time

/// The data of JSONata states: `Arguments`, `Output`, `Assign` and every other field with expressions.
extension Run {
  /// What `$states` has besides `input` and `context`.
  struct Answer {
    var result: JSONValue?
    var errorOutput: JSONValue?
    var item: MapItem?
    var taskToken: String?

    static let none = Answer()
  }

  private func jsonataScope(
    _ strand: Strand, _ state: State, _ answer: Answer, context: Bool, _ around: Surroundings
  ) -> JSONataScope {
    var bindings = around.variables
    if bindings.isEmpty {
      bindings = strand.variables
    } else if !strand.variables.isEmpty {
      bindings.merge(strand.variables) { $1 }
    }
    var states = JSONObject()
    states["input"] = step(strand).input.value
    states["result"] = answer.result
    states["errorOutput"] = answer.errorOutput
    if context {
      states["context"] = self.context(strand, state, item: answer.item ?? strand.item ?? around.item, taskToken: answer.taskToken)
    }
    bindings["states"] = .object(states)
    return JSONataScope(
      bindings: bindings, sources: interpreter.environment.sources(now), limits: interpreter.environment.limits.jsonata)
  }

  /// The value of a field of a JSONata state.
  func evaluate(
    _ template: JSONataTemplate, _ location: String, _ answer: Answer, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> Payload {
    if case .constant(let value) = template.root { return Payload(value) }
    let scope = jsonataScope(strand, state, answer, context: template.usesContext, around)
    let value: JSONValue
    do throws(JSONataFailure) {
      value = try scope.value(of: template, at: location)
    } catch {
      throw evaluationFailure(error, strand, state)
    }
    guard !value.isNested(deeperThan: Nesting.deepest) else {
      throw evaluationFailure(JSONataFailure("The data is nested deeper than \(Nesting.deepest) levels.", at: location), strand, state)
    }
    return Payload(value)
  }

  func evaluate(
    _ expression: JSONataExpression, _ location: String, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> JSONValue {
    let scope = jsonataScope(strand, state, .none, context: expression.usesContext, around)
    do throws(JSONataFailure) {
      return try scope.value(of: expression, at: location)
    } catch {
      throw evaluationFailure(error, strand, state)
    }
  }

  /// The expression's value, of the type that the field needs.
  func evaluate<Value>(
    _ expression: JSONataExpression, _ location: String, as type: String, _ convert: (JSONValue) -> Value?, _ strand: Strand,
    _ state: State, _ around: Surroundings
  ) throws(Failure) -> Value {
    let value = try evaluate(expression, location, strand, state, around)
    guard let converted = convert(value) else {
      throw evaluationFailure(.type(expression, type, value, at: location), strand, state)
    }
    return converted
  }

  private static func number(_ value: JSONValue) -> JSONValue? {
    if value.isNumber { return value }
    return nil
  }

  /// A whole number.
  func integer(
    _ expression: JSONataExpression, _ location: String, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> Int64 {
    let value = try evaluate(expression, location, as: "number", Self.number, strand, state, around)
    guard let number = value.int else {
      throw evaluationFailure(
        JSONataFailure("The \(location) field cannot be parsed as an integer: \(value.text)", at: location), strand, state)
    }
    return number
  }

  /// A whole number of seconds.
  func seconds(
    _ expression: JSONataExpression, _ location: String, from least: Int64 = 0, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> Int64 {
    let seconds = try integer(expression, location, strand, state, around)
    guard (least...99_999_999).contains(seconds) else {
      throw evaluationFailure(
        JSONataFailure("\(location) must be between \(least) and 99999999 but was: \(seconds)", at: location), strand, state)
    }
    return seconds
  }

  func evaluationFailure(_ failure: JSONataFailure, _ strand: Strand, _ state: State) -> Failure {
    let entered = "(entered at the event id #\(step(strand).enteredID))"
    return Failure(
      error: ErrorName.queryEvaluation, cause: "An error occurred while executing the state '\(state.name)' \(entered). \(failure.cause)",
      evaluation: Failure.Evaluation(location: failure.location))
  }

  /// A value that a field cannot have: an error nobody can catch in JSONPath states, one of evaluation in JSONata states.
  func unsuitable(_ field: String, _ sentence: String, _ strand: Strand, _ state: State) -> Failure {
    guard state.queryLanguage == .jsonata else { return runtime(strand, state, sentence) }
    return evaluationFailure(JSONataFailure(sentence, at: field), strand, state)
  }

  /// Records that an expression failed. Whatever comes of the failure follows this event.
  mutating func note(evaluation failure: inout Failure, _ strand: inout Strand, _ state: State) {
    guard let evaluation = failure.evaluation else { return }
    failure.evaluation = nil
    // Until something else was recorded, the event follows what came before the state.
    let before = strand.step.flatMap { $0.enteredID == strand.last ? $0.enteredAfter : nil }
    strand.last = record(
      .evaluationFailed, failure.previous ?? before ?? strand.last,
      .evaluation(error: failure.error ?? "", cause: failure.cause ?? "", location: evaluation.location, state: state.name))
    failure.previous = nil
  }

  /// What a JSONata state leaves with: `Assign` and `Output`, both computed before any variable is set.
  ///
  /// - Parameters:
  ///   - place: what stands before the fields' names in errors, like `Catch[1]/`.
  ///   - data: the output where there is no `Output`.
  mutating func leave(
    _ strand: inout Strand, _ state: State, _ assign: State.Assignment?, _ output: JSONataTemplate?, _ place: String,
    _ answer: Answer, data: Payload, to transition: State.Transition? = nil, _ around: Surroundings
  ) throws(Failure) -> StateOutcome {
    var values: JSONObject?
    if case .jsonata(let template)? = assign {
      values = try evaluate(template, "\(place)Assign", answer, strand, state, around).value.object
    }
    var leaving = data
    if let output { leaving = try evaluate(output, "\(place)Output", answer, strand, state, around) }
    let before = strand.variables
    let assigned = try set(values, &strand, state)
    do throws(Failure) {
      return try leave(&strand, state, output: leaving, assigned: assigned, to: transition, around)
    } catch {
      strand.variables = before
      throw error
    }
  }

  /// Sets variables and answers what events show of them.
  func set(_ values: JSONObject?, _ strand: inout Strand, _ state: State) throws(Failure) -> [(name: String, text: String)] {
    var assigned: [(name: String, text: String)] = []
    var bytes = 0
    for (name, value) in values ?? JSONObject() {
      let text = value.text
      bytes += text.utf8.count
      assigned.append((name, text))
    }
    // Variables grow in loops as data does.
    let limits = interpreter.environment.limits
    var stored = bytes
    if limits.variableBytes != nil {
      for (name, value) in strand.variables where values?[name] == nil { stored += value.text.utf8.count }
    }
    if limits.payloadBytes.map({ bytes > $0 }) == true || limits.variableBytes.map({ stored > $0 }) == true {
      throw .named(
        ErrorName.dataLimitExceeded,
        "The variables assigned by the state '\(state.name)' have a size exceeding the maximum number of bytes service limit.")
    }
    for (name, value) in values ?? JSONObject() { strand.variables[name] = value }
    return assigned
  }
}

extension InterpreterEnvironment {
  /// Where expressions get time and chance from.
  func sources(_ now: Timestamp) -> JSONata.Sources {
    let intrinsics = intrinsics
    return JSONata.Sources(
      now: { Double(now.milliseconds) },
      random: { Double(intrinsics.random(0..<(1 << 53))) * 0x1p-53 },
      uuid: intrinsics.uuid,
      digest: { bytes, algorithm in HashAlgorithm(rawValue: algorithm.rawValue).map { intrinsics.digest(bytes, $0) } ?? [] })
  }
}
