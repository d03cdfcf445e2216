import JSON
import JSONPath
import Time

/// The data of JSONPath states: InputPath, Parameters, ResultSelector, Assign, ResultPath, OutputPath, in this order.
extension Run {
  /// The state the line is in. A line that executes a state always has one.
  func step(_ strand: Strand) -> Step {
    strand.step ?? Step(state: 0, input: .empty, enteredID: 0, enteredAt: now)
  }

  /// An error nobody can catch, with the state named in front.
  func runtime(_ strand: Strand, _ state: State, _ cause: String) -> Failure {
    Failure(
      error: ErrorName.runtime,
      cause: "An error occurred while executing the state '\(state.name)' (entered at the event id #\(step(strand).enteredID)). \(cause)",
      isFatal: true)
  }

  func scope(_ strand: Strand, _ state: State, _ input: Payload, context: Bool, _ around: Surroundings) -> QueryScope {
    var variables = around.variables
    if variables.isEmpty {
      variables = strand.variables
    } else if !strand.variables.isEmpty {
      variables.merge(strand.variables) { $1 }
    }
    return QueryScope(
      input: input, context: context ? self.context(strand, state, item: strand.item ?? around.item) : .null, variables: variables)
  }

  /// The context object, `$$`.
  func context(_ strand: Strand, _ state: State, item: MapItem?, taskToken: String? = nil) -> JSONValue {
    let step = step(strand)
    if let given = interpreter.trial?.context { return given }
    var object = Self.executionContext(info)
    var one = JSONObject()
    one["Name"] = .string(state.name)
    one["EnteredTime"] = .string(step.enteredAt.iso8601(.milliseconds))
    switch state.kind {
    case .task, .parallel, .map: one["RetryCount"] = .int(Int64(step.retryCount))
    default: break
    }
    object["State"] = .object(one)
    if let taskToken { object["Task"] = ["Token": .string(taskToken)] }
    if let item { object["Map"] = ["Item": item.context] }
    return .object(object)
  }

  static func executionContext(_ info: ExecutionInfo) -> JSONObject {
    var execution = JSONObject()
    execution["Id"] = .string(info.id)
    execution["Input"] = info.input.value
    execution["StartTime"] = .string(info.startTime.iso8601(.milliseconds))
    execution["Name"] = .string(info.name)
    execution["RoleArn"] = .string(info.roleArn)
    execution["RedriveCount"] = .int(Int64(info.redriveCount))
    var machine = JSONObject()
    machine["Id"] = .string(info.stateMachineID)
    machine["Name"] = .string(info.stateMachineName)
    var object = JSONObject()
    object["Execution"] = .object(execution)
    object["StateMachine"] = .object(machine)
    return object
  }

  /// The value of a field that names one place or calls a function.
  func value(
    _ expression: QueryExpression, _ field: String, _ strand: Strand, _ state: State, input: Payload, _ around: Surroundings
  ) throws(Failure) -> JSONValue {
    let scope = scope(strand, state, input, context: expression.usesContext, around)
    do throws(QueryFailure) {
      return try expression.value(scope, interpreter.environment.intrinsics)
    } catch {
      throw runtime(strand, state, error.cause(field: field))
    }
  }

  func fill(
    _ template: PayloadTemplate, _ strand: Strand, _ state: State, input: Payload, _ around: Surroundings
  ) throws(Failure) -> Payload {
    let scope = scope(strand, state, input, context: template.usesContext, around)
    return try fill(template, scope, strand, state)
  }

  func fill(_ template: PayloadTemplate, _ scope: QueryScope, _ strand: Strand, _ state: State) throws(Failure) -> Payload {
    let value: JSONValue
    do throws(PayloadFailure) {
      value = try template.evaluate(scope, interpreter.environment.intrinsics)
    } catch {
      throw runtime(strand, state, error.cause)
    }
    return try computed(value, strand, state)
  }

  /// `InputPath`
  func effectiveInput(_ strand: Strand, _ state: State, _ around: Surroundings) throws(Failure) -> Payload {
    let selected = try select(state.input.path, step(strand).input, strand, state, around)
    return state.queryLanguage == .jsonata ? selected : seen(.afterInputPath, selected, strand, state)
  }

  /// `InputPath`, then `Parameters`; in JSONata `Arguments`.
  func parameters(_ strand: Strand, _ state: State, _ around: Surroundings) throws(Failure) -> Payload {
    let effective = try effectiveInput(strand, state, around)
    if state.queryLanguage == .jsonata {
      guard let arguments = state.input.arguments else { return seen(.afterArguments, effective, strand, state) }
      return seen(.afterArguments, try evaluate(arguments, "Arguments", .none, strand, state, around), strand, state)
    }
    guard let template = state.input.parameters else { return seen(.afterParameters, effective, strand, state) }
    return seen(.afterParameters, try fill(template, strand, state, input: effective, around), strand, state)
  }

  private func select(
    _ field: State.PathField, _ payload: Payload, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> Payload {
    switch field {
    case .whole: return payload
    case .nothing: return .empty
    case .expression(let expression):
      let scope = scope(strand, state, payload, context: expression.usesContext, around)
      let resolution: QueryExpression.Resolution
      do throws(QueryFailure) {
        resolution = try expression.resolve(scope, interpreter.environment.intrinsics)
      } catch {
        throw runtime(strand, state, error.cause(field: expression.text))
      }
      switch resolution {
      case .value(let value): return try computed(value, strand, state)
      case .missing(let miss): throw runtime(strand, state, "Invalid path '\(expression.text)' : \(miss.sentence)")
      case .unknownVariable:
        throw runtime(strand, state, "Invalid path '\(expression.text)' : No results for path: \(expression.text)")
      }
    }
  }

  /// What follows the result of a state: `ResultSelector`, `Assign`, `ResultPath`, `OutputPath`, and the event of leaving.
  mutating func complete(
    _ strand: inout Strand, _ state: State, _ result: Payload, _ around: Surroundings
  ) throws(Failure) -> StateOutcome {
    var result = seen(.result, result, strand, state)
    if state.queryLanguage == .jsonata {
      return try leave(&strand, state, state.assign, state.output.output, "", Answer(result: result.value), data: result, around)
    }
    if let selector = state.output.selector { result = try fill(selector, strand, state, input: result, around) }
    if state.handlers != nil { result = seen(.afterResultSelector, result, strand, state) }
    let before = strand.variables
    let assigned = try assign(&strand, state, state.assign, result, around)
    do throws(Failure) {
      let output = seen(.afterResultPath, try write(result, state.output.resultPath, strand, state), strand, state)
      return try leave(&strand, state, output: output, assigned: assigned, around)
    } catch {
      // A catcher goes on with what the variables were.
      strand.variables = before
      throw error
    }
  }

  /// `ResultPath`
  func write(_ result: Payload, _ field: State.ResultPathField, _ strand: Strand, _ state: State) throws(Failure) -> Payload {
    let input = step(strand).input
    switch field {
    case .replace: return result
    case .discard: return input
    case .path(let path):
      let written: JSONValue
      do throws(ReferencePath.Conflict) {
        written = try path.writing(result.value, into: input.value)
      } catch {
        throw .named(ErrorName.resultPathMatchFailure, "Unable to apply ReferencePath \(path.text) to input \(input.text)")
      }
      return try computed(written, strand, state)
    }
  }

  /// `Assign`: sets variables of the line and answers what events show of them. All are computed before any is set.
  mutating func assign(
    _ strand: inout Strand, _ state: State, _ assignment: State.Assignment?, _ data: Payload, _ around: Surroundings
  ) throws(Failure) -> [(name: String, text: String)] {
    guard case .jsonPath(let template)? = assignment else { return [] }
    let values = try fill(template, strand, state, input: data, around).value.object ?? JSONObject()
    return try set(values, &strand, state)
  }

  /// `OutputPath` and the event of leaving the state.
  mutating func leave(
    _ strand: inout Strand, _ state: State, output: Payload, assigned: [(name: String, text: String)] = [],
    to transition: State.Transition? = nil, _ around: Surroundings
  ) throws(Failure) -> StateOutcome {
    var output = transition == nil || state.isChoice ? try select(state.output.path, output, strand, state, around) : output
    seen(variables: strand, state, around)
    output = seen(.output, output, strand, state)
    if let limit = interpreter.environment.limits.payloadBytes, output.text.utf8.count > limit { throw dataLimit(state.name) }
    if let type = state.kind.exitedEvent {
      strand.last = record(type, strand.last, .exited(name: state.name, output: output, assigned: assigned))
    }
    return .left(output, transition ?? state.transition)
  }
}

extension State {
  var isChoice: Bool {
    if case .choice = kind { true } else { false }
  }
}
