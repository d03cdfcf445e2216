import JSON
import JSONPath
import Time

/// What became of one state.
enum StateOutcome {
  case waiting
  case left(Payload, State.Transition)
  case failed(Failure)
}

/// What became of a line of states.
enum LineOutcome {
  case waiting
  case ended(Payload)
  case failed(Failure)
}

extension Run {
  func definition(_ strand: Strand, _ position: Int) -> State {
    interpreter.definition.flows[strand.flow].states[position]
  }

  /// Follows transitions until the line waits or is over.
  mutating func carryOn(_ strand: inout Strand, _ first: StateOutcome, _ around: Surroundings) -> LineOutcome {
    var outcome = first
    while true {
      if isFull, state.status == .running {
        abandon(&strand, recording: nil)
        return .failed(full)
      }
      switch outcome {
      case .waiting: return .waiting
      case .failed(let failure):
        var failure = failure
        if failure.isFatal { failure.previous = failure.previous ?? strand.last }
        return .failed(failure)
      case .left(let output, let transition):
        strand.step = nil
        guard case .next(let position) = transition else { return .ended(output) }
        guard budget > 0 else {
          strand.pause = Pause(timer: startTimer(at: now), state: position, input: output)
          return .waiting
        }
        outcome = enter(&strand, position, output, around)
      }
    }
  }

  private var full: Failure {
    let limit = interpreter.environment.limits.historyEvents ?? 0
    return Failure(
      error: ErrorName.runtime, cause: "The execution reached the maximum number of history events (\(limit)).", isFatal: true,
      previous: state.lastEventID)
  }

  mutating func enter(_ strand: inout Strand, _ position: Int, _ input: Payload, _ around: Surroundings) -> StateOutcome {
    budget -= 1
    let state = definition(strand, position)
    let before = strand.last
    let id = record(state.kind.enteredEvent, before, .entered(name: state.name, input: input))
    strand.last = id
    strand.step = Step(state: position, input: input, enteredID: id, enteredAt: now, enteredAfter: before)
    let input = seen(.input, input, strand, state)
    if interpreter.inspect != nil { strand.step?.input = input }
    if let limit = interpreter.environment.limits.payloadBytes, input.text.utf8.count > limit {
      return .failed(dataLimit(state.name))
    }
    return execute(&strand, state, around)
  }

  func dataLimit(_ name: String) -> Failure {
    .named(
      ErrorName.dataLimitExceeded,
      "The state/task '\(name)' returned a result with a size exceeding the maximum number of bytes service limit.")
  }

  mutating func execute(_ strand: inout Strand, _ state: State, _ around: Surroundings) -> StateOutcome {
    do throws(Failure) {
      switch state.kind {
      case .pass(let result):
        let effective = try parameters(strand, state, around)
        if state.queryLanguage == .jsonata {
          return try leave(&strand, state, state.assign, state.output.output, "", .none, data: effective, around)
        }
        return try complete(&strand, state, result.map { Payload($0) } ?? effective, around)
      case .succeed:
        let effective = try effectiveInput(strand, state, around)
        if state.queryLanguage == .jsonata {
          return try leave(&strand, state, nil, state.output.output, "", .none, data: effective, around)
        }
        return try leave(&strand, state, output: effective, around)
      case .fail(let fields): return .failed(try failure(strand, state, fields, around))
      case .choice(let fields): return try choose(&strand, state, fields, around)
      case .wait(let fields): return try wait(&strand, state, fields, around)
      case .task, .parallel, .map: return attempt(&strand, state, around)
      }
    } catch {
      var failure = error
      note(evaluation: &failure, &strand, state)
      return .failed(failure)
    }
  }

  /// Begins, or begins again, what a state does that can be retried.
  mutating func attempt(_ strand: inout Strand, _ state: State, _ around: Surroundings) -> StateOutcome {
    do throws(Failure) {
      switch state.kind {
      case .task(let fields): return try startTask(&strand, state, fields, around)
      case .parallel(let fields): return try startBranches(&strand, state, fields, around)
      case .map(let fields): return try startMap(&strand, state, fields, around)
      default: return .waiting
      }
    } catch {
      return handle(error, &strand, state, around)
    }
  }

  private func failure(_ strand: Strand, _ state: State, _ fields: FailFields, _ around: Surroundings) throws(Failure) -> Failure {
    func text(_ text: FailFields.Text?, _ field: String) throws(Failure) -> String? {
      switch text {
      case nil: return nil
      case .literal(let text): return text
      case .jsonata(let expression): return try evaluate(expression, field, as: "string", \.string, strand, state, around)
      case .path(let expression):
        let field = field + "Path"
        let value = try self.value(expression, field, strand, state, input: step(strand).input, around)
        guard case .string(let text) = value else {
          throw runtime(strand, state, "The field '\(field)' must resolve to a string: \(expression.text) == \(value.text)")
        }
        return text
      }
    }
    return Failure(error: try text(fields.error, "Error"), cause: try text(fields.cause, "Cause"))
  }

  private mutating func wait(
    _ strand: inout Strand, _ state: State, _ fields: WaitFields, _ around: Surroundings
  ) throws(Failure) -> StateOutcome {
    let effective = try effectiveInput(strand, state, around)
    let until = try deadline(fields, effective, strand, state, around)
    guard until > now else { return try finishWait(&strand, state, effective, around) }
    strand.step?.wait = .timer(startTimer(at: until))
    return .waiting
  }

  mutating func finishWait(
    _ strand: inout Strand, _ state: State, _ effective: Payload, _ around: Surroundings
  ) throws(Failure) -> StateOutcome {
    if state.queryLanguage == .jsonata {
      return try leave(&strand, state, state.assign, state.output.output, "", .none, data: effective, around)
    }
    let assigned = try assign(&strand, state, state.assign, effective, around)
    return try leave(&strand, state, output: effective, assigned: assigned, around)
  }

  private func deadline(
    _ fields: WaitFields, _ effective: Payload, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> Timestamp {
    switch fields {
    case .timestamp(let instant): return instant
    case .seconds(.literal(let seconds)): return now + .seconds(seconds)
    case .seconds(.path(let expression)):
      let value = try self.value(expression, "SecondsPath", strand, state, input: effective, around)
      return now + .seconds(try seconds(value, "SecondsPath", expression, strand, state))
    case .timestampPath(let expression):
      let value = try self.value(expression, "TimestampPath", strand, state, input: effective, around)
      guard case .string(let text) = value, let instant = Timestamp(iso8601: text) else {
        throw runtime(
          strand, state,
          "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
            + "\(expression.text) == \(Self.shown(value))")
      }
      return instant
    case .seconds(.jsonata(let expression)): return now + .seconds(try seconds(expression, "Seconds", strand, state, around))
    case .timestampJsonata(let expression):
      let text = try evaluate(expression, "Timestamp", as: "string", \.string, strand, state, around)
      guard let instant = Timestamp(iso8601: text) else {
        throw unsuitable(
          "Timestamp",
          "The Timestamp parameter does not reference a valid ISO-8601 extended offset date-time format string: \(text)", strand, state)
      }
      return instant
    }
  }

  /// A number of seconds out of the data, whole and not negative.
  func seconds(
    _ value: JSONValue, _ field: String, _ expression: QueryExpression, _ strand: Strand, _ state: State
  ) throws(Failure) -> Int64 {
    let place = "\(expression.text) == \(Self.shown(value))"
    guard let seconds = Self.long(value) else {
      throw runtime(strand, state, "The \(field) parameter cannot be parsed as a long value: \(place)")
    }
    guard seconds >= 0 else {
      throw runtime(strand, state, "The \(field) parameter references a negative value: \(place)")
    }
    guard seconds <= 99_999_999 else {
      throw runtime(strand, state, "The \(field) parameter references a value greater than 99999999: \(place)")
    }
    return seconds
  }

  /// What Java's `Long.parseLong` takes of a value's text.
  static func long(_ value: JSONValue) -> Int64? {
    switch value {
    case .int(let number): number
    case .string(let text): Int64(text)
    default: nil
    }
  }

  /// A value as error sentences show it.
  static func shown(_ value: JSONValue) -> String { value.string ?? value.text }
}
