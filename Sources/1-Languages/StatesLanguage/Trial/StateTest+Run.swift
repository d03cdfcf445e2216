import JSON
import JSONPath
import Synchronization
import Time

extension StateTest {
  /// How the tested state ended.
  public struct Outcome: Sendable {
    public enum Status: String, Sendable {
      case succeeded = "SUCCEEDED"
      case failed = "FAILED"
      case retriable = "RETRIABLE"
      case caught = "CAUGHT_ERROR"
    }

    public let status: Status
    public let output: Payload?
    public let error: String?
    public let cause: String?
    public let nextState: String?
    /// Data by stage, each value as it was last.
    public let stages: [Inspection.Stage: Payload]
    /// The retrier or catcher that took the error.
    public let handler: Handler?
  }

  public enum Handler: Sendable, Hashable {
    case retrier(index: Int, seconds: Int)
    case catcher(index: Int)
  }

  /// Keeps what was seen.
  private final class Record: Sendable {
    let stages = Mutex<[Inspection.Stage: Payload]>([:])
    func note(_ inspection: Inspection) { stages.withLock { $0[inspection.stage] = inspection.data } }
  }

  func trial(now: Timestamp, answer: Answer?) -> Progress {
    let record = Record()
    var interpreter = Interpreter(definition, flow: place.flow, environment: environment)
    interpreter.trial = Trial(context: context, itemReaderData: configuration.mapItemReaderData.map { Array($0.utf8) })
    interpreter.inspect = { inspection in
      record.note(inspection)
      return nil
    }
    var execution = ExecutionState()
    execution.status = .running
    var run = Run(interpreter, execution, info, now)
    var strand = Strand(flow: place.flow, last: 0)
    strand.variables = variables
    var outcome = run.enter(&strand, place.state, info.input, run.surroundings)
    var failure: (error: String?, cause: String?) = (nil, nil)
    if case .waiting = outcome, !strand.isRetrying {
      switch goOn(&run, &strand, answer, &failure, record.stages.withLock { $0 }) {
      case .left(let next): outcome = next
      case .right(let progress): return progress
      }
    }
    return .ended(conclude(outcome, strand, run, failure, record.stages.withLock { $0 }))
  }

  private enum Either {
    case left(StateOutcome)
    case right(Progress)
  }

  /// Goes on with a state that waits: with the mock, or with the answer of the call.
  private func goOn(
    _ run: inout Run, _ strand: inout Strand, _ answer: Answer?, _ failure: inout (error: String?, cause: String?),
    _ stages: [Inspection.Stage: Payload]
  ) -> Either {
    let around = run.surroundings
    switch state.kind {
    case .task:
      let task = run.effects.compactMap { if case .startTask(let request) = $0 { request } else { nil } }.last
      guard let task else { return .left(.waiting) }
      guard let answer = mock.map(Answer.init) ?? answer else { return .right(.call(task)) }
      guard case .task(let running)? = strand.step?.wait else { return .left(.waiting) }
      let event: ExecutionEvent
      switch answer {
      case .succeeded(let output): event = .taskSucceeded(id: task.id, output: output)
      case .failed(let error, let cause):
        failure = (error, cause)
        setRetries(error, cause, &strand)
        event = .taskFailed(id: task.id, error: error, cause: cause)
      }
      return .left(run.report(event, running, &strand, state, around) ?? .waiting)
    case .wait:
      guard answer != nil else {
        let until = run.effects.compactMap { if case .startTimer(_, let at) = $0 { at } else { nil } }.last
        return .right(.wait(until: until ?? run.now))
      }
      strand.step?.wait = .none
      do throws(Failure) {
        return .left(try run.finishWait(&strand, state, try run.effectiveInput(strand, state, around), around))
      } catch {
        return .left(.failed(error))
      }
    case .parallel, .map: return .left(finishChildren(&run, &strand, &failure, stages, around))
    default: return .left(.waiting)
    }
  }

  private func finishChildren(
    _ run: inout Run, _ strand: inout Strand, _ failure: inout (error: String?, cause: String?),
    _ stages: [Inspection.Stage: Payload], _ around: Run.Surroundings
  ) -> StateOutcome {
    let count = strand.children?.outputs.count ?? 0
    strand.children = nil
    if let failures = configuration.mapIterationFailureCount, exceeds(failures, of: count, stages) {
      let exceeded = Failure.toleranceExceeded
      failure = (exceeded.error, exceeded.cause)
      setRetries(exceeded.error, exceeded.cause, &strand)
      return run.handle(exceeded, &strand, state, around)
    }
    switch mock {
    case .result(let value):
      let type: HistoryEventType = if case .map = state.kind { .mapStateSucceeded } else { .parallelStateSucceeded }
      return run.conclude(type, after: strand.last, Payload(value), &strand, state, around)
    case .failure(let error, let cause):
      failure = (error, cause)
      setRetries(error, cause, &strand)
      return run.handle(Failure(error: error, cause: cause), &strand, state, around)
    case nil: return .waiting
    }
  }

  /// Whether so many failed iterations are more than the Map state puts up with.
  private func exceeds(_ failures: Int, of count: Int, _ stages: [Inspection.Stage: Payload]) -> Bool {
    guard case .map = state.kind, failures > 0 else { return false }
    let tolerated = stages[.toleratedFailureCount]?.value.double
    let percentage = stages[.toleratedFailurePercentage]?.value.double
    guard tolerated != nil || percentage != nil else { return true }
    if let tolerated, Double(failures) > tolerated { return true }
    if let percentage, Double(failures) * 100 > percentage * Double(count) { return true }
    return false
  }

  /// Retries made before the one that is tested.
  private func setRetries(_ error: String?, _ cause: String?, _ strand: inout Strand) {
    guard let count = configuration.retrierRetryCount, let retriers = state.handlers?.retriers else { return }
    let failure = Failure(error: error, cause: cause)
    guard let position = retriers.firstIndex(where: { failure.matches($0.errors) }) else { return }
    var counts = Array(repeating: 0, count: retriers.count)
    counts[position] = count
    strand.step?.retries = counts
  }

  private func conclude(
    _ outcome: StateOutcome, _ strand: Strand, _ run: Run, _ failure: (error: String?, cause: String?),
    _ stages: [Inspection.Stage: Payload]
  ) -> Outcome {
    switch outcome {
    case .left(let output, let transition):
      var next: String?
      if case .next(let position) = transition { next = definition.flows[place.flow].states[position].name }
      let catcher = run.caught
      return Outcome(
        status: catcher == nil ? .succeeded : .caught, output: output, error: catcher == nil ? nil : run.handled?.error ?? failure.error,
        cause: catcher == nil ? nil : run.handled?.cause ?? failure.cause, nextState: next, stages: stages,
        handler: catcher.map(Handler.catcher))
    case .failed(let failed):
      return Outcome(
        status: .failed, output: nil, error: failed.error, cause: failed.cause, nextState: nil, stages: stages, handler: nil)
    case .waiting:
      let retry = run.retried
      return Outcome(
        status: .retriable, output: nil, error: run.handled?.error ?? failure.error, cause: run.handled?.cause ?? failure.cause,
        nextState: nil, stages: stages, handler: retry.map { .retrier(index: $0.index, seconds: $0.seconds) })
    }
  }
}

extension StateTest.Answer {
  init(_ mock: StateTest.Mock) {
    switch mock {
    case .result(let value): self = .succeeded(Payload(value))
    case .failure(let error, let cause): self = .failed(error: error, cause: cause)
    }
  }
}

extension Strand {
  var isRetrying: Bool {
    if case .retry? = step?.wait { true } else { false }
  }
}
