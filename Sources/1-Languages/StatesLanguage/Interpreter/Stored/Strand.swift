import JSON
import JSONPath
import Time

/// One line of states: the machine's own, a branch's or an iteration's.
struct Strand: Sendable, Codable {
  let flow: Int
  /// The event the next one of this line points back to.
  var last: Int
  /// Variables assigned on this line.
  @AsText var variables: [String: JSONValue] = [:]
  /// Of an iteration.
  var item: MapItem?
  var step: Step?
  var children: Children?
  /// The children as they were when one of them made the state fail: what a redrive takes up again.
  var unfinished: Children?
  /// Set while the line rests between two states.
  var pause: Pause?

  init(flow: Int, last: Int, item: MapItem? = nil) {
    self.flow = flow
    self.last = last
    self.item = item
  }
}

/// The state a line is in.
struct Step: Sendable, Codable {
  let state: Int
  var input: Payload
  let enteredID: Int
  let enteredAt: Timestamp
  /// The event before that one on the line. States stored by earlier versions have none.
  var enteredAfter: Int?
  /// Retries used up, one count for each retrier.
  var retries: [Int] = []
  var wait = Wait.none
  /// The map run that the state's last attempt began and that did not succeed: what a redrive takes up again.
  var mapRun: Int?

  /// `$$.State.RetryCount`
  var retryCount: Int { retries.reduce(0, +) }
}

/// What the state waits for.
enum Wait: Sendable, Codable {
  case none
  /// The end of a Wait state.
  case timer(Int)
  /// The next attempt.
  case retry(Int)
  case task(RunningTask)
  case children
  case mapRun(Int)
}

struct RunningTask: Sendable, Codable {
  let id: Int
  var started = false
  var timeoutTimer: Int?
  var heartbeatTimer: Int?
  var heartbeatSeconds: Int64?
}

struct Pause: Sendable, Codable {
  let timer: Int
  let state: Int
  let input: Payload
}

/// The branches of a Parallel state or the iterations of a Map state.
struct Children: Sendable, Codable {
  /// By position of the branch or item.
  var running: [Int: Strand] = [:]
  var outputs: [Payload?]
  /// The event the end of the state points back to.
  var lastDone: Int
  var map: MapProgress?
}

struct MapProgress: Sendable, Codable {
  @AsText var items: [JSONValue]
  /// The first item not begun.
  var next = 0
  let width: Int
  /// Last events of iterations that ended; the next iteration takes up such a chain.
  var chains: [Int] = []
  var failures = 0
  let toleratedCount: Int64?
  let toleratedPercentage: Double?
  /// The items are the members of an object, each with its name as `Key` and its `Value`.
  var arePairs: Bool?

  var tolerates: Bool { toleratedCount != nil || toleratedPercentage != nil }

  var isExceeded: Bool {
    if let toleratedCount, Int64(failures) > toleratedCount { return true }
    if let toleratedPercentage, Double(failures) * 100 > toleratedPercentage * Double(items.count) { return true }
    return false
  }
}

/// Why a state failed.
struct Failure: Error {
  var error: String?
  var cause: String?
  /// Fails the execution at once, whatever its states catch.
  var isFatal = false
  var isHeartbeat = false
  /// An expression failed, which is an event of its own that has not been recorded yet.
  var evaluation: Evaluation?
  /// The event the execution's own failure points back to, where that is not the line's last.
  var previous: Int?

  struct Evaluation {
    /// The field, like `Output/name`.
    let location: String?
  }

  static func named(_ error: String, _ cause: String?) -> Failure { Failure(error: error, cause: cause) }

  /// True when one of a retrier's or catcher's names covers this error.
  func matches(_ names: [String]) -> Bool {
    names.contains { name in
      switch name {
      case ErrorName.all: error != ErrorName.dataLimitExceeded
      case ErrorName.taskFailed: error != ErrorName.timeout && error != ErrorName.dataLimitExceeded
      case ErrorName.heartbeatTimeout where isHeartbeat: true
      default: name == error
      }
    }
  }

  /// What a catcher hands on.
  var output: JSONValue {
    var object = JSONObject()
    if let error { object["Error"] = .string(error) }
    if let cause { object["Cause"] = .string(cause) }
    return .object(object)
  }
}
