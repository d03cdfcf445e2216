import JSON
import JSONPath
import Time

/// Redrives: an execution that ended unsuccessfully goes on with the states it ended in, and keeps what had succeeded before.
///
/// Source: Step Functions Developer Guide, "Restarting state machine executions with redrive".
extension Run {
  /// Where a redrive of this line goes on; nil when the line stands nowhere.
  func resumption(of strand: Strand) -> Strand? {
    guard strand.step != nil || strand.pause != nil else { return nil }
    return kept(strand)
  }

  private func kept(_ strand: Strand) -> Strand {
    var kept = strand
    if case .mapRun(let id) = strand.step?.wait { kept.step?.mapRun = id }
    kept.step?.wait = .none
    kept.unfinished = (strand.children ?? strand.unfinished).map { children in
      var children = children
      children.running = children.running.mapValues { self.kept($0) }
      return children
    }
    kept.children = nil
    return kept
  }

  /// The children of a state as they are when that one makes it fail.
  func unfinished(_ children: Children, _ child: Strand, _ index: Int) -> Children {
    var children = children
    children.running[index] = child
    children.running = children.running.mapValues { kept($0) }
    return children
  }

  /// Takes the execution up again. False when it did not end unsuccessfully, or has nothing to go on from.
  mutating func redrive() -> Bool {
    guard [.failed, .timedOut, .aborted].contains(state.status), var root = state.resumption, fits(root) else { return false }
    state.status = .running
    state.resumption = nil
    let id = record(.executionRedriven, state.lastEventID, .redriven(count: info.redriveCount))
    startTimeout(from: now)
    let first = resume(&root, after: id, surroundings)
    let outcome = carryOn(&root, first, surroundings)
    state.root = root
    settle(outcome)
    return true
  }

  /// Whether what was stored can have come from this definition.
  private func fits(_ strand: Strand) -> Bool {
    guard interpreter.definition.flows.indices.contains(strand.flow) else { return false }
    let states = interpreter.definition.flows[strand.flow].states
    if let pause = strand.pause { return states.indices.contains(pause.state) }
    guard let step = strand.step, states.indices.contains(step.state) else { return false }
    guard let children = strand.unfinished else { return true }
    switch (states[step.state].kind, children.map) {
    case (.parallel(let fields), nil): guard children.outputs.count == fields.branches.count else { return false }
    case (.map, let map?):
      guard map.items.count == children.outputs.count, (0...map.items.count).contains(map.next) else { return false }
    default: return false
    }
    return children.running.allSatisfy { children.outputs.indices.contains($0) && fits($1) }
  }

  /// Goes on with a line: its state once more, with no retries used up, or the children of its state that had not succeeded.
  private mutating func resume(_ strand: inout Strand, after id: Int, _ around: Surroundings) -> StateOutcome {
    strand.last = id
    if let pause = strand.pause {
      strand.pause = nil
      return enter(&strand, pause.state, pause.input, around)
    }
    guard let step = strand.step else { return .failed(.named(ErrorName.runtime, "There is no state to go on with.")) }
    strand.step?.retries = []
    if let run = step.mapRun { return redrive(mapRun: run, &strand) }
    let state = definition(strand, step.state)
    guard let children = strand.unfinished else { return execute(&strand, state, around) }
    strand.unfinished = nil
    return resume(children, &strand, state, after: id, around)
  }

  private mutating func resume(
    _ kept: Children, _ strand: inout Strand, _ state: State, after id: Int, _ around: Surroundings
  ) -> StateOutcome {
    let input: Payload
    do throws(Failure) { input = try parameters(strand, state, around) } catch { return handle(error, &strand, state, around) }
    var children = kept
    var left = kept.running
    children.running = [:]
    children.lastDone = id
    strand.step?.wait = .children
    for index in kept.running.keys.sorted() {
      guard var child = left.removeValue(forKey: index) else { continue }
      let inner = inside(strand, around)
      path.append(index)
      let first = resume(&child, after: id, inner)
      let outcome = carryOn(&child, first, inner)
      path.removeLast()
      if let ended = note(outcome, of: child, index, &children, &strand, state, around) {
        strand.unfinished?.running.merge(left) { now, _ in now }
        return ended
      }
    }
    if let ended = beginOthers(kept, input, &children, &strand, state, after: id, around) { return ended }
    if case .map(let fields) = state.kind, let ended = iterate(&children, &strand, state, fields, around) { return ended }
    return wait(for: &children, &strand, state, around)
  }

  /// Begins the branches that had not begun when another failed.
  private mutating func beginOthers(
    _ kept: Children, _ input: Payload, _ children: inout Children, _ strand: inout Strand, _ state: State, after id: Int,
    _ around: Surroundings
  ) -> StateOutcome? {
    guard case .parallel(let fields) = state.kind else { return nil }
    for (index, flow) in fields.branches.enumerated() where kept.outputs[index] == nil && kept.running[index] == nil {
      var child = Strand(flow: flow, last: id)
      let outcome = begin(&child, index, input, inside(strand, around))
      if let ended = note(outcome, of: child, index, &children, &strand, state, around) { return ended }
    }
    return nil
  }
}
