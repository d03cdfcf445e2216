import JSON
import JSONPath

/// The language that queries data in a state.
public enum QueryLanguage: String, Sendable {
  case jsonPath = "JSONPath"
  case jsonata = "JSONata"
}

/// How executions are run and paid for.
public enum WorkflowType: String, Sendable {
  case standard = "STANDARD"
  case express = "EXPRESS"
}

/// A state machine in the Amazon States Language, checked and compiled: names resolved, paths, templates and calls parsed.
///
/// Source: https://states-language.net/spec.html and the pages of the Step Functions developer guide.
public struct StateMachineDefinition: Sendable {
  public let comment: String?
  public let version: String?
  /// Longest run of an execution in seconds; 0 or nil is no limit of the definition's own.
  public let timeoutSeconds: Int64?
  public let queryLanguage: QueryLanguage
  /// The machine itself first, then every branch and item processor in the order of the document.
  public let flows: [Flow]

  /// The states that use JSONata, by name.
  public var jsonataStates: [String] {
    flows.flatMap { $0.states.filter { $0.queryLanguage == .jsonata }.map(\.name) }
  }
}

/// Which states run one after another: the machine, one branch of a Parallel state, or the item processor of a Map state.
public struct Flow: Sendable {
  /// Position of the state named by `StartAt`.
  public let start: Int
  /// In the order of the document. Transitions are positions in here.
  public let states: [State]
  /// Where it stands in the document: empty for the machine, else like `/States/P/Branches[0]`.
  public let location: String

  /// The position of the state of that name.
  public func position(of name: String) -> Int? { states.firstIndex { $0.name == name } }
}
