import JSON
import ServiceKit
import Store
import Time

/// Compares two executions: which states each went through, with what data, and how long they took. Beyond AWS's operations.
struct DiffExecutions: Operation {
  struct Input: Shape {
    var firstExecutionArn: String
    var secondExecutionArn: String
  }
  struct Output: Shape {
    /// Whether both went through the same states with the same data to the same end.
    var same: Bool
    var first: Side
    var second: Side
    var inputChanges: [Change]
    var outputChanges: [Change]
    var states: [Step]
    /// Whether one of them has more states than are compared.
    var truncated: Bool
  }
  struct Side: Shape {
    var executionArn: String
    var status: String
    var error: String?
    var cause: String?
    var failedState: String?
    var revisionId: String
    /// Nil while it runs.
    var durationInMilliseconds: Double?
  }
  struct Step: Shape {
    var state: String
    var type: String
    /// `BOTH`, `FIRST` or `SECOND`: in whose path it is.
    var foundIn: String
    var firstDurationInMilliseconds: Double?
    var secondDurationInMilliseconds: Double?
    var firstError: String?
    var secondError: String?
    var firstAttempts: Int?
    var secondAttempts: Int?
    var inputChanges: [Change]
    var outputChanges: [Change]
  }
  /// A place in the data that differs; nil on the side where there is nothing.
  struct Change: Shape {
    var path: String
    var first: JSONValue?
    var second: JSONValue?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.firstExecutionArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let (first, second) = (try call.execution(input.firstExecutionArn), try call.execution(input.secondExecutionArn))
    let paths = (try ExecutionPath(first, call), try ExecutionPath(second, call))
    let states = PathAlignment.align(paths.0.visits, paths.1.visits).map(step)
    let inputs = DataChanges.between(try call.input(of: first), try call.input(of: second))
    let outputs = DataChanges.between(try call.output(of: first), try call.output(of: second))
    let same =
      inputs.isEmpty && outputs.isEmpty && first.status == second.status && first.error == second.error
      && states.allSatisfy {
        $0.foundIn == "BOTH" && $0.inputChanges.isEmpty && $0.outputChanges.isEmpty && $0.firstError == $0.secondError
      }
    return Output(
      same: same, first: side(first, call.partition), second: side(second, call.partition), inputChanges: inputs, outputChanges: outputs,
      states: states, truncated: paths.0.isCut || paths.1.isCut)
  }

  private static func side(_ execution: Execution, _ partition: Partition) -> Side {
    Side(
      executionArn: execution.arn(partition).description, status: execution.status, error: execution.error, cause: execution.cause,
      failedState: execution.failedState, revisionId: execution.revision,
      durationInMilliseconds: execution.stopped.map { ($0 - execution.started) / Duration.milliseconds(1) })
  }

  private static func step(_ pair: PathAlignment.Pair) -> Step {
    let (first, second) = (pair.first, pair.second)
    let isBoth = first != nil && second != nil
    return Step(
      state: (first ?? second)?.name ?? "", type: (first ?? second)?.type ?? "",
      foundIn: isBoth ? "BOTH" : first != nil ? "FIRST" : "SECOND",
      firstDurationInMilliseconds: first?.duration, secondDurationInMilliseconds: second?.duration, firstError: first?.error,
      secondError: second?.error, firstAttempts: first?.attempts, secondAttempts: second?.attempts,
      inputChanges: isBoth ? DataChanges.between(first?.input, second?.input) : [],
      outputChanges: isBoth ? DataChanges.between(first?.output, second?.output) : [])
  }
}

/// Puts two paths beside each other: what both have in common in order, with what only one has between.
enum PathAlignment {
  typealias Pair = (first: StateVisit?, second: StateVisit?)

  static func align(_ first: [StateVisit], _ second: [StateVisit]) -> [Pair] {
    let difference = second.map(\.name).difference(from: first.map(\.name))
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var pairs: [Pair] = []
    var (left, right) = (0, 0)
    while left < first.count || right < second.count {
      if left < first.count, removed.contains(left) {
        pairs.append((first[left], nil))
        left += 1
      } else if right < second.count, inserted.contains(right) {
        pairs.append((nil, second[right]))
        right += 1
      } else if left < first.count, right < second.count {
        pairs.append((first[left], second[right]))
        left += 1
        right += 1
      } else {
        break
      }
    }
    return pairs
  }
}

/// Where two documents differ.
enum DataChanges {
  /// Places told of at most.
  private static let most = 100

  static func between(_ first: String?, _ second: String?) -> [DiffExecutions.Change] {
    if first == second { return [] }
    var changes: [DiffExecutions.Change] = []
    compare(first.map(value), second.map(value), "$", &changes)
    return changes
  }

  private static func value(_ text: String) -> JSONValue { (try? JSONValue(parsing: text)) ?? .string(text) }

  private static func compare(_ first: JSONValue?, _ second: JSONValue?, _ path: String, _ changes: inout [DiffExecutions.Change]) {
    guard changes.count < most, first != second else { return }
    switch (first, second) {
    case (.object(let left)?, .object(let right)?):
      for (name, value) in left { compare(value, right[name], "\(path).\(name)", &changes) }
      for (name, value) in right where left[name] == nil { compare(nil, value, "\(path).\(name)", &changes) }
    case (.array(let left)?, .array(let right)?):
      for index in 0..<max(left.count, right.count) {
        compare(left[safe: index], right[safe: index], "\(path)[\(index)]", &changes)
      }
    default: changes.append(DiffExecutions.Change(path: path, first: first, second: second))
    }
  }
}
