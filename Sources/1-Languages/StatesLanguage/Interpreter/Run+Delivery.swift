import JSON
import JSONPath
import Time

extension Run {
  /// Hands an event to the line that waits for it. Nil when that line no longer does.
  mutating func deliver(
    _ event: ExecutionEvent, to strand: inout Strand, _ rest: ArraySlice<Int>, _ around: Surroundings
  ) -> LineOutcome? {
    guard let index = rest.first else { return react(event, &strand, around) }
    // Taken out before they are changed, so that nothing is copied.
    guard var children = strand.children, let step = strand.step else { return nil }
    strand.children = nil
    guard var child = children.running.removeValue(forKey: index) else {
      strand.children = children
      return nil
    }
    let state = definition(strand, step.state)
    path.append(index)
    let outcome = deliver(event, to: &child, rest.dropFirst(), inside(strand, around))
    path.removeLast()
    guard let outcome else {
      children.running[index] = child
      strand.children = children
      return nil
    }
    return carryOn(&strand, absorb(outcome, of: child, index, &children, &strand, state, around), around)
  }

  /// What the lines inside a state see.
  func inside(_ strand: Strand, _ around: Surroundings) -> Surroundings {
    var inner = around
    if !strand.variables.isEmpty { inner.variables.merge(strand.variables) { $1 } }
    inner.item = strand.item ?? around.item
    return inner
  }

  private mutating func react(_ event: ExecutionEvent, _ strand: inout Strand, _ around: Surroundings) -> LineOutcome? {
    if let pause = strand.pause {
      guard case .timerFired(pause.timer) = event else { return nil }
      self.state.owners[pause.timer] = nil
      strand.pause = nil
      return carryOn(&strand, enter(&strand, pause.state, pause.input, around), around)
    }
    guard let step = strand.step else { return nil }
    let state = definition(strand, step.state)
    let outcome: StateOutcome?
    switch (step.wait, event) {
    case (.timer(let timer), .timerFired(let fired)) where timer == fired:
      self.state.owners[timer] = nil
      strand.step?.wait = .none
      outcome = resumeWait(&strand, state, around)
    case (.retry(let timer), .timerFired(let fired)) where timer == fired:
      self.state.owners[timer] = nil
      strand.step?.wait = .none
      outcome = attempt(&strand, state, around)
    case (.task(let task), _): outcome = report(event, task, &strand, state, around)
    case (.mapRun(let id), _) where event.id == id: outcome = report(event, mapRun: id, &strand, state, around)
    default: outcome = nil
    }
    return outcome.map { carryOn(&strand, $0, around) }
  }

  private mutating func resumeWait(_ strand: inout Strand, _ state: State, _ around: Surroundings) -> StateOutcome {
    do throws(Failure) {
      return try finishWait(&strand, state, try effectiveInput(strand, state, around), around)
    } catch {
      var failure = error
      note(evaluation: &failure, &strand, state)
      return .failed(failure)
    }
  }
}
