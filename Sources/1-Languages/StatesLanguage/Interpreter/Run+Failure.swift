import JSON
import JSONPath
import Time

/// Retry, Catch and what is left of a failed or cut state.
extension Run {
  /// Retries or catches the failure of a Task, Parallel or Map state, or lets it out.
  mutating func handle(_ failure: Failure, _ strand: inout Strand, _ state: State, _ around: Surroundings) -> StateOutcome {
    strand.step?.wait = .none
    var failure = failure
    note(evaluation: &failure, &strand, state)
    handled = failure
    guard !failure.isFatal, let handlers = state.handlers else { return .failed(failure) }
    if retry(failure, &strand, handlers.retriers) {
      strand.unfinished = nil
      return .waiting
    }
    switch state.kind {
    case .parallel: strand.last = record(.parallelStateFailed, strand.last)
    case .map: strand.last = record(.mapStateFailed, strand.last)
    default: break
    }
    if let catcher = handlers.catchers.first(where: { failure.matches($0.errors) }) {
      strand.unfinished = nil
      do throws(Failure) {
        return try catchFailure(failure, catcher, &strand, state, around)
      } catch {
        var failure = error
        note(evaluation: &failure, &strand, state)
        return .failed(failure)
      }
    }
    if case .task = state.kind, !path.isEmpty { record(.taskStateAborted, strand.last) }
    return .failed(failure)
  }

  private mutating func catchFailure(
    _ failure: Failure, _ catcher: Catcher, _ strand: inout Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> StateOutcome {
    caught = catcher.index
    let error = Payload(failure.output)
    if state.queryLanguage == .jsonata {
      return try leave(
        &strand, state, catcher.assign, catcher.output, "Catch[\(catcher.index)]/", Answer(errorOutput: error.value), data: error,
        to: .next(catcher.next), around)
    }
    let assigned = try assign(&strand, state, catcher.assign, error, around)
    let output = try write(error, catcher.resultPath, strand, state)
    return try leave(&strand, state, output: output, assigned: assigned, to: .next(catcher.next), around)
  }

  /// Plans the next attempt when the first retrier that covers the error has any left.
  private mutating func retry(_ failure: Failure, _ strand: inout Strand, _ retriers: [Retrier]) -> Bool {
    guard let position = retriers.firstIndex(where: { failure.matches($0.errors) }), var step = strand.step else { return false }
    let retrier = retriers[position]
    if step.retries.count < retriers.count {
      step.retries += Array(repeating: 0, count: retriers.count - step.retries.count)
    }
    guard Int64(step.retries[position]) < retrier.maxAttempts else { return false }
    let delay = retrier.delay(before: step.retries[position], interpreter.environment.intrinsics)
    step.retries[position] += 1
    retried = (position, Int(delay / 1_000_000))
    // Also a retry at once goes through a timer: one step never loops.
    step.wait = .retry(startTimer(at: now + .microseconds(delay)))
    strand.step = step
    return true
  }

  /// Gives up everything a line still does. With a number of an event, the states it was in are recorded as aborted after it.
  mutating func abandon(_ strand: inout Strand, recording previous: Int?) {
    if let pause = strand.pause { cancelTimer(pause.timer) }
    strand.pause = nil
    let step = strand.step
    switch step?.wait {
    case .timer(let timer), .retry(let timer): cancelTimer(timer)
    case .task(let task):
      cancelTimer(task.timeoutTimer)
      cancelTimer(task.heartbeatTimer)
      if state.owners.removeValue(forKey: task.id) != nil { effects.append(.cancelTask(id: task.id)) }
    case .mapRun(let id):
      if state.owners.removeValue(forKey: id) != nil { effects.append(.cancelMapRun(id: id)) }
    case .children, .some(.none), nil: break
    }
    if var children = strand.children {
      strand.children = nil
      let name = step.map { definition(strand, $0.state).name } ?? ""
      abandon(&children, of: name, recording: previous)
    }
    if let previous, let type = step.flatMap({ definition(strand, $0.state).kind.abortedEvent }) { record(type, previous) }
    strand.step = nil
  }

  mutating func abandon(_ children: inout Children, of name: String, recording previous: Int?) {
    for index in children.running.keys.sorted() {
      guard var child = children.running.removeValue(forKey: index) else { continue }
      if let previous, children.map != nil { record(.mapIterationAborted, previous, .iteration(name: name, index: index)) }
      abandon(&child, recording: previous)
    }
  }
}

extension Retrier {
  /// The wait before a retry in microseconds, with so many retries behind.
  func delay(before retries: Int, _ environment: IntrinsicEnvironment) -> Int64 {
    var seconds = Double(intervalSeconds)
    var left = retries
    while left > 0, seconds > 0, seconds < 1e9, backoffRate > 1 {
      seconds *= backoffRate
      left -= 1
    }
    seconds = min(seconds, Double(maxDelaySeconds ?? 31_622_400), 31_622_400)
    let microseconds = Int64(seconds * 1_000_000)
    guard fullJitter, microseconds > 0 else { return microseconds }
    return environment.random(0..<(microseconds + 1))
  }
}

extension State {
  /// Of the types that can fail and be tried again.
  var handlers: (retriers: [Retrier], catchers: [Catcher])? {
    switch kind {
    case .task(let fields): (fields.retriers, fields.catchers)
    case .parallel(let fields): (fields.retriers, fields.catchers)
    case .map(let fields): (fields.retriers, fields.catchers)
    default: nil
    }
  }
}
