import JSON

/// Answers for Task states by their names, for executions that are run without the services they call.
///
/// Two forms are read: an object of states, each with `{"result": ...}`, `{"error": "...", "cause": "..."}` or a list of such, one for
/// each attempt, the last one for all that follow; and the file of Step Functions Local, `{"StateMachines": ..., "MockedResponses": ...}`,
/// of which one test case is chosen.
public struct TaskMocks: Sendable {
  public enum Answer: Sendable, Hashable {
    case result(JSONValue)
    case failure(error: String, cause: String?)
  }

  public struct Wrong: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
  }

  /// By state; the last answer stands for all later attempts.
  private var answers: [String: [Answer]] = [:]
  /// Attempts that one list of answers may describe.
  private static let mostAttempts = 10_000

  public init() {}

  public init(_ json: JSONValue, testCase: String? = nil) throws(Wrong) {
    guard case .object(let object) = json else { throw Wrong(description: "the mocks have to be an object") }
    if let responses = object["MockedResponses"] {
      try readLocal(object, responses, testCase)
      return
    }
    for (state, value) in object {
      let list = value.array ?? [value]
      guard !list.isEmpty else { throw Wrong(description: "the state '\(state)' has no answers") }
      for entry in list { answers[state, default: []].append(try Self.answer(entry, state)) }
    }
  }

  /// The answer to an attempt, counted from 0; nil when the state is not mocked.
  public func answer(_ state: String, attempt: Int) -> Answer? {
    guard let list = answers[state] else { return nil }
    return attempt < list.count ? list[max(attempt, 0)] : list.last
  }

  /// Sets the answer of a state to all attempts.
  public mutating func set(_ answer: Answer?, for state: String) { answers[state] = answer.map { [$0] } }

  private static func answer(_ json: JSONValue, _ state: String) throws(Wrong) -> Answer {
    if let result = json["result"] ?? json["Return"] { return .result(result) }
    let failure = json["Throw"] ?? json
    if let error = (failure["error"] ?? failure["Error"])?.string {
      return .failure(error: error, cause: (failure["cause"] ?? failure["Cause"])?.string)
    }
    throw Wrong(description: "an answer of '\(state)' has neither \"result\" nor \"error\"")
  }

  private mutating func readLocal(_ object: JSONObject, _ responses: JSONValue, _ testCase: String?) throws(Wrong) {
    let cases = (object["StateMachines"]?.object?.values ?? []).compactMap { $0["TestCases"]?.object }
    let names = cases.flatMap(\.keys)
    guard let name = testCase ?? (names.count == 1 ? names.first : nil) else {
      throw Wrong(description: "choose a test case: \(names.joined(separator: ", "))")
    }
    guard let states = cases.compactMap({ $0[name]?.object }).first else {
      throw Wrong(description: "there is no test case '\(name)'")
    }
    for (state, reference) in states {
      guard let key = reference.string, let attempts = responses[key]?.object else {
        throw Wrong(description: "the test case '\(name)' names no response for '\(state)'")
      }
      try read(attempts, state)
    }
  }

  /// `{"0": {...}, "1-2": {...}}`
  private mutating func read(_ attempts: JSONObject, _ state: String) throws(Wrong) {
    var list: [Int: Answer] = [:]
    for (range, value) in attempts {
      let ends = range.split(separator: "-").map { Int($0) }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], 0 <= first, first <= last,
        last < Self.mostAttempts
      else { throw Wrong(description: "'\(range)' of '\(state)' is no range of attempts") }
      let answer = try Self.answer(value, state)
      for attempt in first...last { list[attempt] = answer }
    }
    answers[state] = (0..<list.count).compactMap { list[$0] }
    guard answers[state]?.count == list.count else { throw Wrong(description: "the attempts of '\(state)' have gaps") }
  }
}
