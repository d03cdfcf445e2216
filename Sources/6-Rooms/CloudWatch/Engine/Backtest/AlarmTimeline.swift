import JSON
import Time

/// What an alarm would have done over a time.
struct AlarmTimeline: Sendable {
  struct Change: Sendable {
    var at: Timestamp
    var from: AlarmState
    var to: AlarmState
    var reason: String
    var data: JSONValue?
  }
  var start: Timestamp
  var end: Timestamp
  private(set) var changes: [Change] = []
  private(set) var state = AlarmState.insufficientData
  var evaluations = 0

  init(from start: Timestamp, to end: Timestamp) {
    self.start = start
    self.end = end
  }

  /// Does nothing when it is in that state.
  mutating func change(to new: AlarmState, at instant: Timestamp, _ reason: () -> (String, JSONValue?)) {
    guard new != state else { return }
    let (text, data) = reason()
    changes.append(Change(at: instant, from: state, to: new, reason: text, data: data))
    state = new
  }

  /// Seconds in each state.
  var spent: [AlarmState: Double] {
    var spent: [AlarmState: Double] = [:]
    var (since, state) = (start, AlarmState.insufficientData)
    for change in changes {
      spent[state, default: 0] += (change.at - since).secondsAsDouble
      (since, state) = (change.at, change.to)
    }
    spent[state, default: 0] += max(0, (end - since).secondsAsDouble)
    return spent
  }
}
