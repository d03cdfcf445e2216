import JSON
import JSONPath

/// Everything about a running execution that the next step depends on.
///
/// A value: stored by the caller as `json` beside the events of the same step, and read back with `init(json:)`. The definition and
/// `ExecutionInfo` are not part of it.
public struct ExecutionState: Sendable {
  public enum Status: String, Sendable {
    case new = "NEW"
    case running = "RUNNING"
    case succeeded = "SUCCEEDED"
    case failed = "FAILED"
    case timedOut = "TIMED_OUT"
    case aborted = "ABORTED"
  }

  public internal(set) var status = Status.new
  /// The number of events recorded so far.
  public internal(set) var lastEventID = 0
  /// The last identifier given to an effect.
  var lastID = 0
  var timeoutTimer: Int?
  var root: Strand
  /// Where a redrive goes on; set when the execution ended unsuccessfully.
  var resumption: Strand?
  /// Which line an effect belongs to: positions of children from the root. Follows from the rest and is not stored.
  var owners: [Int: [Int]] = [:]

  /// The state before `ExecutionEvent.start`.
  public init() {
    root = Strand(flow: 0, last: 0)
  }

  /// True when the execution has ended and `ExecutionEvent.redrive` can take it up again.
  public var isResumable: Bool { resumption != nil }

  /// Identifiers of effects that have not been answered.
  public var openIDs: [Int] { (owners.keys + (timeoutTimer.map { [$0] } ?? [])).sorted() }

  /// True when somebody may still answer the effect.
  public func isOpen(_ id: Int) -> Bool { owners[id] != nil || timeoutTimer == id }
}
