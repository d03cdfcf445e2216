import JSON
import JSONPath
import StatesLanguage
import Testing

/// Executions recorded on AWS, kept outside the repository: the history must be the same event for event.
@Suite struct RecordedExecutionTests {
  @Test(arguments: RecordedCases.all)
  func history(_ recorded: RecordedCase) throws {
    let check = StateMachineDefinition.check(recorded.definition)
    let definition = try #require(check.definition, "\(check.invalidDefinition ?? "")")
    var played = Played(definition, input: try recorded.startInput)
    try played.replay(recorded.history)
    #expect(played.divergences == [])
    #expect(played.ignored == 0)
    #expect(played.events.map(\.id) == Array(1...max(played.events.count, 1)))
    for difference in Comparison(recorded.history, played.events).differences { Issue.record("\(difference)") }
  }
}

extension Played {
  /// Answers tasks as the recording tells, in the order it tells them; waits and retries end by their timers.
  mutating func replay(_ history: [JSONValue]) throws {
    send(.start)
    for report in TaskReport.all(in: history) {
      while outcome == nil, requests.count <= report.request {
        guard fireNext() else { break }
      }
      guard requests.indices.contains(report.request) else { break }
      let id = requests[report.request].id
      if report.isLast { tasks[id] = nil }
      send(try report.event(id))
    }
    try run()
  }
}

/// What a recording tells of one of its tasks.
struct TaskReport {
  /// Counts scheduled tasks from 0.
  let request: Int
  let json: JSONValue
  let type: String

  static func all(in history: [JSONValue]) -> [TaskReport] {
    var requests: [Int64: Int] = [:]
    var count = 0
    var reports: [TaskReport] = []
    for event in history {
      guard let type = event["type"]?.string, let id = event["id"]?.int, let previous = event["previousEventId"]?.int else { continue }
      let isTask = ["Task", "LambdaFunction", "Activity"].contains { type.hasPrefix($0) } && !type.hasPrefix("TaskState")
      guard isTask else { continue }
      if type.hasSuffix("Scheduled") {
        requests[id] = count
        count += 1
      } else if !type.hasSuffix("TimedOut"), let request = requests[previous] {
        requests[id] = request
        reports.append(TaskReport(request: request, json: event, type: type))
      }
    }
    return reports
  }

  var isLast: Bool { type.hasSuffix("Succeeded") || type.hasSuffix("Failed") }

  func event(_ id: Int) throws -> ExecutionEvent {
    let member = type.prefix(1).lowercased() + type.dropFirst() + "EventDetails"
    let details = json[member] ?? .null
    let output = try details["output"].map { try $0.string.map { try Payload(parsing: $0) } ?? Payload($0) } ?? .empty
    if type.hasSuffix("Succeeded") { return .taskSucceeded(id: id, output: output) }
    if type.hasSuffix("Submitted") { return .taskSubmitted(id: id, output: output) }
    if type.hasSuffix("Started") { return .taskStarted(id: id, worker: details["workerName"]?.string) }
    let stage: ExecutionEvent.TaskStage =
      type.hasSuffix("ScheduleFailed")
      ? .schedule : type.hasSuffix("StartFailed") ? .start : type.hasSuffix("SubmitFailed") ? .submit : .run
    return .taskFailed(id: id, error: details["error"]?.string, cause: details["cause"]?.string, stage: stage)
  }
}

extension RecordedCase {
  /// The input as it was sent: the recording shows arrays with the client's own spaces.
  var startInput: Payload {
    get throws {
      guard let text = history.first?["executionStartedEventDetails"]?["input"]?.string, input.string == nil else { return Payload(input) }
      return try Payload(parsing: text)
    }
  }
}

/// Compares a recorded history with one that was produced.
struct Comparison {
  private(set) var differences: [String] = []
  private var likeness = Likeness()

  init(_ recorded: [JSONValue], _ produced: [HistoryEvent]) {
    if recorded.allSatisfy({ $0["id"]?.int != nil }) {
      compareInOrder(recorded, produced)
    } else {
      compareScrambled(recorded, produced)
    }
  }

  private mutating func compareInOrder(_ recorded: [JSONValue], _ produced: [HistoryEvent]) {
    for (wanted, found) in zip(recorded, produced) {
      guard let difference = likeness.difference(wanted, found.json()) else { continue }
      return differences.append("event \(found.id) (\(found.type.rawValue)) differs at \(difference)")
    }
    let (wanted, found) = (recorded.compactMap { $0["type"]?.string }, produced.map(\.type.rawValue))
    if wanted != found { differences.append("\(wanted) wanted, \(found) found") }
  }

  /// A recording of parallel branches has lost the order inside them: their events come without numbers, sorted, and without what ends
  /// the Parallel state.
  private mutating func compareScrambled(_ recorded: [JSONValue], _ produced: [HistoryEvent]) {
    var rest: [Int: HistoryEvent] = [:]
    for event in produced { rest[event.id] = event }
    for wanted in recorded {
      guard let id = wanted["id"]?.int else { continue }
      guard let found = rest.removeValue(forKey: Int(id)) else { return differences.append("event \(id) is missing") }
      if let difference = likeness.difference(wanted, found.json()) { differences.append("event \(id) differs at \(difference)") }
    }
    if recorded.last?["id"]?.int != produced.last.map({ Int64($0.id) }) { differences.append("the histories differ in length") }
    for wanted in recorded where wanted["id"]?.int == nil {
      let match = rest.values.sorted { $0.id < $1.id }.first { found in
        var one = found.json().object ?? [:]
        one["id"] = wanted["id"]
        one["previousEventId"] = wanted["previousEventId"]
        var trial = likeness
        return trial.difference(wanted, .object(one)) == nil
      }
      guard let match else { return differences.append("no event like \(wanted.text)") }
      rest[match.id] = nil
    }
    let surplus = rest.values.map(\.type).filter { $0 != .parallelStateSucceeded && $0 != .parallelStateExited }
    if !surplus.isEmpty { differences.append("surplus events \(surplus)") }
  }
}
