import JSON
import JSONPath
import Time

/// What only Wait states have.
public enum WaitFields: Sendable {
  case seconds(State.Quantity<Int64>)
  case timestamp(Timestamp)
  case timestampPath(QueryExpression)
  case timestampJsonata(JSONataExpression)
}

/// What only Fail states have.
public struct FailFields: Sendable {
  public let error: Text?
  public let cause: Text?

  public enum Text: Sendable {
    case literal(String)
    /// The `...Path` form.
    case path(QueryExpression)
    case jsonata(JSONataExpression)
  }
}

/// What only Parallel states have.
public struct ParallelFields: Sendable {
  /// Positions of the branches in the definition's flows.
  public let branches: [Int]
  public let retriers: [Retrier]
  public let catchers: [Catcher]
}

/// What only Map states have.
public struct MapFields: Sendable {
  /// Position of the item processor in the definition's flows.
  public let processor: Int
  public let mode: Mode
  /// `ItemsPath`.
  public let itemsPath: QueryExpression?
  /// JSONata's `Items`.
  public let items: JSONataTemplate?
  /// `ItemSelector`, or the `Parameters` of older definitions.
  public let itemSelector: PayloadTemplate?
  /// JSONata's `ItemSelector`.
  public let itemSelectorJsonata: JSONataTemplate?
  /// Iterations at a time; 0 is as many as there are.
  public let maxConcurrency: State.Quantity<Int64>?
  public let toleratedFailureCount: State.Quantity<Int64>?
  /// 0...100
  public let toleratedFailurePercentage: State.Quantity<Double>?
  public let itemReader: ItemSource?
  public let itemBatcher: ItemBatcher?
  public let resultWriter: ItemSource?
  public let label: String?
  public let retriers: [Retrier]
  public let catchers: [Catcher]

  public enum Mode: Sendable, Hashable {
    case inline
    /// Items run as executions of their own, of this type.
    case distributed(WorkflowType)
  }

  /// `ItemReader` and `ResultWriter`: a resource, what it is called with, and how it is configured.
  public struct ItemSource: Sendable {
    public let resource: String?
    public let parameters: PayloadTemplate?
    public let argumentsJsonata: JSONataTemplate?
    /// `ReaderConfig` or `WriterConfig`, as written.
    public let configuration: JSONObject
    /// `ReaderConfig`'s `MaxItems`, where it is computed.
    public let maxItems: State.Quantity<Int64>?
  }

  /// `ItemBatcher`.
  public struct ItemBatcher: Sendable {
    public let maxItems: State.Quantity<Int64>?
    public let maxInputBytes: State.Quantity<Int64>?
    /// Sent with every batch.
    public let batchInput: PayloadTemplate?
    public let batchInputJsonata: JSONataTemplate?
  }
}
