import JSON
import JSONPath
import StatesLanguage
import Testing

/// Executions recorded on AWS, kept outside the repository: the history must be the same event for event.
@Suite struct RecordedExecutionTests {
  @Test(arguments: RecordedCases.jsonPath)
  func history(_ recorded: RecordedCase) throws {
    let check = StateMachineDefinition.check(recorded.definition)
    let definition = try #require(check.definition, "\(check.invalidDefinition ?? "")")
    var played = try Played(definition, input: Payload(recorded.input))
    try played.replay(recorded.history)
    #expect(played.divergences == [])
    #expect(played.ignored == 0)
    #expect(played.events.map(\.id) == Array(1...max(played.events.count, 1)))
    var likeness = Likeness()
    for (wanted, found) in zip(recorded.history, played.events) {
      if let difference = likeness.difference(wanted, found.json()) {
        Issue.record("event \(found.id) (\(found.type.rawValue)) differs at \(difference)")
        break
      }
    }
    let types = played.events.map(\.type.rawValue)
    #expect(types == recorded.history.compactMap { $0["type"]?.string })
  }

  /// Every case that is not run is refused for its JSONata states and for nothing else.
  @Test(arguments: RecordedCases.jsonata)
  func refusedForJsonata(_ recorded: RecordedCase) throws {
    let check = StateMachineDefinition.check(recorded.definition)
    let definition = try #require(check.definition, "\(check.invalidDefinition ?? "")")
    let refusal = #expect(throws: Interpreter.Unserved.self) { try Played(definition, input: Payload(recorded.input)) }
    #expect(Set(refusal?.states ?? []) == recorded.jsonataStates)
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
      type.hasSuffix("ScheduleFailed") ? .schedule : type.hasSuffix("StartFailed") ? .start : type.hasSuffix("SubmitFailed") ? .submit : .run
    return .taskFailed(id: id, error: details["error"]?.string, cause: details["cause"]?.string, stage: stage)
  }
}
