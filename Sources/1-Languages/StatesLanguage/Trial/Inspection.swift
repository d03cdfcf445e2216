import JSON
import JSONPath

/// Data of one state at one stage of its work, for whoever looks on while an execution is interpreted.
public struct Inspection: Sendable {
  /// Stages in the order a state goes through them. The names are those of TestState's `inspectionData`.
  public enum Stage: String, Sendable, CaseIterable {
    case input, afterInputPath, afterParameters, afterArguments, afterItemsPath, afterItemsPointer, afterItemSelector, afterItemBatcher
    case maxConcurrency, toleratedFailureCount, toleratedFailurePercentage
    case result, afterResultSelector, afterResultPath, variables, output
  }

  public let state: String
  /// The number of the event of entering the state; one state can be entered many times.
  public let enteredID: Int
  public let stage: Stage
  public let data: Payload
}

extension Run {
  /// Shows data to whoever looks on, and answers what to go on with.
  func seen(_ stage: Inspection.Stage, _ data: Payload, _ strand: Strand, _ state: State) -> Payload {
    guard let inspect = interpreter.inspect else { return data }
    let inspection = Inspection(state: state.name, enteredID: step(strand).enteredID, stage: stage, data: data)
    guard let changed = inspect(inspection), !changed.isNested(deeperThan: Nesting.deepest) else { return data }
    return Payload(changed)
  }

  /// Shows what a state computed besides its data.
  func seen(_ stage: Inspection.Stage, number: Double?, _ strand: Strand, _ state: State) {
    guard interpreter.inspect != nil, let number else { return }
    let value: JSONValue = Int64(exactly: number).map { .int($0) } ?? .double(number)
    _ = seen(stage, Payload(value), strand, state)
  }

  func seen(variables strand: Strand, _ state: State, _ around: Surroundings) {
    guard interpreter.inspect != nil else { return }
    let all = around.variables.merging(strand.variables) { $1 }.sorted { $0.key < $1.key }
    _ = seen(.variables, Payload(.object(all.reduce(into: JSONObject()) { $0[$1.key] = $1.value })), strand, state)
  }
}
