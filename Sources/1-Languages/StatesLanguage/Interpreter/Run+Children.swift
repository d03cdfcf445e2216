import JSON
import JSONPath
import Time

/// Parallel states, and what Parallel and Map states have in common.
extension Run {
  mutating func startBranches(
    _ strand: inout Strand, _ state: State, _ fields: ParallelFields, _ around: Surroundings
  ) throws(Failure) -> StateOutcome {
    let input = try parameters(strand, state, around)
    let started = record(.parallelStateStarted, strand.last)
    strand.last = started
    strand.step?.wait = .children
    if interpreter.trial != nil { return .waiting }
    var children = Children(outputs: Array(repeating: nil, count: fields.branches.count), lastDone: started)
    for (index, flow) in fields.branches.enumerated() {
      var child = Strand(flow: flow, last: started)
      let outcome = begin(&child, index, input, inside(strand, around))
      if let ended = note(outcome, of: child, index, &children, &strand, state, around) { return ended }
    }
    return wait(for: &children, &strand, state, around)
  }

  /// Runs a new child from its first state as far as it goes.
  mutating func begin(_ child: inout Strand, _ index: Int, _ input: Payload, _ around: Surroundings) -> LineOutcome {
    path.append(index)
    defer { path.removeLast() }
    let start = interpreter.definition.flows[child.flow].start
    guard budget > 0 else {
      child.pause = Pause(timer: startTimer(at: now), state: start, input: input)
      return .waiting
    }
    let first = enter(&child, start, input, around)
    return carryOn(&child, first, around)
  }

  /// Takes in what became of a child that was waiting.
  mutating func absorb(
    _ outcome: LineOutcome, of child: Strand, _ index: Int, _ children: inout Children, _ strand: inout Strand, _ state: State,
    _ around: Surroundings
  ) -> StateOutcome {
    if let ended = note(outcome, of: child, index, &children, &strand, state, around) { return ended }
    if case .map(let fields) = state.kind, let ended = iterate(&children, &strand, state, fields, around) { return ended }
    return wait(for: &children, &strand, state, around)
  }

  /// Notes what became of a child; answers the state's end when the child ended it.
  mutating func note(
    _ outcome: LineOutcome, of child: Strand, _ index: Int, _ children: inout Children, _ strand: inout Strand, _ state: State,
    _ around: Surroundings
  ) -> StateOutcome? {
    switch outcome {
    case .waiting:
      children.running[index] = child
      return nil
    case .ended(let output):
      children.outputs[index] = output
      guard children.map != nil else {
        children.lastDone = child.last
        return nil
      }
      children.lastDone = record(.mapIterationSucceeded, child.last, .iteration(name: state.name, index: index))
      children.map?.chains.append(child.last)
      return nil
    case .failed(let failure):
      return fail(failure, child, index, &children, &strand, state, around)
    }
  }

  private mutating func fail(
    _ failure: Failure, _ child: Strand, _ index: Int, _ children: inout Children, _ strand: inout Strand, _ state: State,
    _ around: Surroundings
  ) -> StateOutcome? {
    var failure = failure
    let before = children
    guard !failure.isFatal else {
      strand.unfinished = unfinished(before, child, index)
      abandon(&children, of: state.name, recording: nil)
      failure.previous = failure.previous ?? child.last
      return .failed(failure)
    }
    if var map = children.map, map.tolerates {
      map.failures += 1
      children.outputs[index] = Payload(failure.output)
      map.chains.append(child.last)
      children.map = map
      children.lastDone = record(.mapIterationFailed, child.last, .iteration(name: state.name, index: index))
      guard map.isExceeded else { return nil }
      strand.unfinished = unfinished(before, child, index)
      abandon(&children, of: state.name, recording: child.last)
      strand.last = child.last
      return handle(.toleranceExceeded, &strand, state, around)
    }
    strand.unfinished = unfinished(before, child, index)
    abandon(&children, of: state.name, recording: child.last)
    if children.map != nil { record(.mapIterationFailed, child.last, .iteration(name: state.name, index: index)) }
    strand.last = child.last
    return handle(failure, &strand, state, around)
  }

  /// Ends the state when no child is left, else keeps the children.
  mutating func wait(
    for children: inout Children, _ strand: inout Strand, _ state: State, _ around: Surroundings
  ) -> StateOutcome {
    guard children.running.isEmpty else {
      strand.children = children
      return .waiting
    }
    let isMap = children.map != nil
    let result = Payload.array(children.outputs.map { $0 ?? .empty })
    guard !result.value.isNested(deeperThan: Nesting.deepest) else { return .failed(tooDeep(strand, state)) }
    return conclude(isMap ? .mapStateSucceeded : .parallelStateSucceeded, after: children.lastDone, result, &strand, state, around)
  }

  /// The event of success, which the line passes by, and all that follows the result. The line goes on from `line`, else from `last`.
  mutating func conclude(
    _ type: HistoryEventType, after last: Int, line: Int? = nil, _ result: Payload, _ strand: inout Strand, _ state: State,
    _ around: Surroundings
  ) -> StateOutcome {
    let succeeded = record(type, last)
    strand.last = line ?? last
    strand.step?.wait = .none
    do throws(Failure) {
      return try complete(&strand, state, result, around)
    } catch {
      var failure = error
      failure.previous = failure.previous ?? succeeded
      return handle(failure, &strand, state, around)
    }
  }
}

extension Failure {
  static var toleranceExceeded: Failure {
    .named(ErrorName.toleranceExceeded, "The specified tolerated failure threshold was exceeded")
  }
}
