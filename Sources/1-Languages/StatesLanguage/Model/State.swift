import JSON
import JSONPath

/// One state.
public struct State: Sendable {
  public let name: String
  public let comment: String?
  public let queryLanguage: QueryLanguage
  public let kind: Kind
  public let transition: Transition
  public let input: InputFields
  public let output: OutputFields
  /// Variables to set when the state succeeds.
  public let assign: Assignment?
  /// Where it stands in the document, like `/States/P/Branches[0]/States/Q`.
  public let location: String

  public indirect enum Kind: Sendable {
    case pass(result: JSONValue?)
    case task(TaskFields)
    case choice(ChoiceFields)
    case wait(WaitFields)
    case succeed
    case fail(FailFields)
    case parallel(ParallelFields)
    case map(MapFields)
  }

  public enum Transition: Sendable, Hashable {
    /// Position of the next state in the same flow.
    case next(Int)
    case end
    /// Choice, Succeed and Fail have neither.
    case none
  }
}

extension State.Kind {
  /// The value of the `Type` field.
  public var typeName: String {
    switch self {
    case .pass: "Pass"
    case .task: "Task"
    case .choice: "Choice"
    case .wait: "Wait"
    case .succeed: "Succeed"
    case .fail: "Fail"
    case .parallel: "Parallel"
    case .map: "Map"
    }
  }
}

extension State {
  /// Fields that shape what a state works on.
  public struct InputFields: Sendable {
    public let path: PathField
    /// `Parameters`, of a Map state without `ItemSelector` kept there instead.
    public let parameters: PayloadTemplate?
    /// JSONata's `Arguments`.
    public let arguments: JSONataTemplate?
  }

  /// Fields that shape what a state passes on.
  public struct OutputFields: Sendable {
    public let selector: PayloadTemplate?
    public let resultPath: ResultPathField
    public let path: PathField
    /// JSONata's `Output`.
    public let output: JSONataTemplate?
  }

  /// `InputPath` and `OutputPath`.
  public enum PathField: Sendable {
    /// `$`, or left out.
    case whole
    /// `null`: an empty object takes the data's place.
    case nothing
    case expression(QueryExpression)
  }

  /// `ResultPath`.
  public enum ResultPathField: Sendable {
    /// `$`, or left out: the result takes the input's place.
    case replace
    /// `null`: the result is dropped.
    case discard
    case path(ReferencePath)
  }

  /// `Assign`.
  public enum Assignment: Sendable {
    case jsonPath(PayloadTemplate)
    case jsonata(JSONataTemplate)
  }

  /// A number written down or computed when the state runs.
  public enum Quantity<Number: Sendable>: Sendable {
    case literal(Number)
    /// The `...Path` form.
    case path(QueryExpression)
    case jsonata(JSONataExpression)
  }
}
