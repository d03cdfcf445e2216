import JSON
import JSONPath
import StatesLanguage
import Time

/// The commands of the debugger.
struct DebugConsole {
  var session: DebugSession
  var breakpoints: Set<String>
  let caller: TaskCaller
  /// Whether tasks without a mock are called without being told to.
  let calls: Bool

  static let help = """
    step [N]            work on the next state, or on the next N
    next                as step, and over what is inside of a Parallel or Map state
    continue            go on to a breakpoint, a task without an answer, or the end
    back [N]            take back the last step, or the last N
    break STATE         stop before the state; 'delete STATE' no longer, 'breaks' lists them
    where               what is next
    data [STAGE]        data of the last state by stage
    set STAGE JSON      do the last step again with other data at the stage; 'set input JSON' changes what the next state gets
    vars                variables; 'var NAME JSON' sets one
    answer JSON         answer the task that waits; 'fail ERROR [CAUSE]' lets it fail; 'call' lets the server do it, really
    mock STATE JSON     answer the state's tasks with {"result": ...} or {"error": ...} from now on
    history             events so far
    quit                leave
    """

  /// Steps of one command; a machine that never ends must not hold the debugger for ever.
  private static let mostSteps = 100_000

  /// Carries out a line. False when the session is to end.
  mutating func execute(_ line: String) async -> Bool {
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    guard let command = words.first, !command.hasPrefix("#") else { return true }
    let rest = words.count > 1 ? words[1] : ""
    switch command {
    case "quit", "q", "exit": return false
    case "help", "?": print(Self.help)
    case "step", "s": await go(Self.count(rest)) { _ in true }
    case "next", "n": await next()
    case "continue", "c": await go(Self.mostSteps) { _ in false }
    case "call":
      if case .task(let request) = session.upcoming { _ = await call(request) } else { print("no task waits") }
      showPlace()
    case "back", "b": back(Self.count(rest))
    case "where", "w": showPlace()
    case "history", "h":
      for event in session.events { print("\(event.id) \(event.type.rawValue) \(event.json().text)") }
    default: return look(command, rest)
    }
    return true
  }

  private mutating func look(_ command: String, _ rest: String) -> Bool {
    switch command {
    case "break":
      breakpoints.insert(rest)
      print("stops before \(rest)")
    case "delete": breakpoints.remove(rest)
    case "breaks": print(breakpoints.isEmpty ? "no breakpoints" : breakpoints.sorted().joined(separator: "\n"))
    case "data", "d": showData(rest)
    case "vars" where session.variables.isEmpty: print("no variables")
    case "vars":
      for (name, value) in session.variables.sorted(by: { $0.key < $1.key }) { print("$\(name) = \(value.text)") }
    default: return change(command, rest)
    }
    return true
  }

  private mutating func change(_ command: String, _ rest: String) -> Bool {
    let words = rest.split(separator: " ", maxSplits: 1).map(String.init)
    let second = words.count > 1 ? words[1] : ""
    switch command {
    case "set":
      guard let value = Self.json(second) else { return true }
      set(words.first ?? "", value)
    case "var":
      guard let name = words.first, let value = Self.json(second) else { return true }
      if !session.setVariable(name, value) { print("no state is next") }
    case "answer":
      guard let value = Self.json(rest) else { return true }
      if !session.answer(.result(value)) { print("no task waits") }
      showPlace()
    case "fail":
      if !session.answer(.failure(error: words.first ?? "Failed", cause: second.isEmpty ? nil : second)) { print("no task waits") }
      showPlace()
    case "mock":
      guard let name = words.first, let value = Self.json(second) else { return true }
      do throws(TaskMocks.Wrong) {
        session.mocks.set(try TaskMocks([name: value]).answer(name, attempt: 0), for: name)
      } catch {
        print(error.description)
      }
    default: print("'\(command)' is no command; 'help' lists them")
    }
    return true
  }

  private mutating func set(_ stage: String, _ value: JSONValue) {
    if stage == "input" {
      print(session.setInput(value) ? "the next state gets \(value.text)" : "no state is next")
      return
    }
    guard let stage = Inspection.Stage(rawValue: stage), session.redo(stage, with: value) else {
      print("the last state has no such stage")
      return
    }
    showData("")
    showPlace()
  }

  /// Takes a step, or calls the task that waits where that is wanted. False when neither can be done.
  private mutating func advance() async -> Bool {
    if session.step() { return true }
    guard calls, case .task(let request) = session.upcoming else { return false }
    return await call(request)
  }

  /// Answers the task with what the server says. False, with the reason told, when it cannot be called.
  private mutating func call(_ request: TaskRequest) async -> Bool {
    do { return session.answer(try await caller.answer(request)) } catch {
      print("not called: \(error)")
      return false
    }
  }

  /// Goes on until something asks to stop.
  private mutating func go(_ most: Int, until stops: (DebugSession) -> Bool) async {
    var taken = 0
    while taken < most, await advance() {
      taken += 1
      if taken == most { break }
      if case .state(let name, _, _) = session.upcoming, breakpoints.contains(name), most == Self.mostSteps { break }
      if most == Self.mostSteps, stops(session) { break }
    }
    showPlace()
  }

  private mutating func next() async {
    let depth: Int = if case .state(_, _, let depth) = session.upcoming { depth } else { 0 }
    var taken = 0
    while taken < Self.mostSteps, await advance() {
      taken += 1
      guard case .state(let name, _, let reached) = session.upcoming else { continue }
      if reached <= depth || breakpoints.contains(name) { break }
    }
    showPlace()
  }

  private mutating func back(_ count: Int) {
    var taken = 0
    while taken < count, session.back() { taken += 1 }
    if taken < count { print("this is the beginning") }
    showPlace()
  }

  func showPlace() {
    switch session.upcoming {
    case .state(let name, let input, let depth): print("\(String(repeating: "  ", count: depth))next: \(name) \(input.text)")
    case .answer(let state): print("next: the answer of \(state)")
    case .task(let request): print("waits: \(request.state) calls \(request.resource.arn) with \(request.input.text)")
    case .timer(let state, let at): print("next: \(state) at \(at.iso8601(.milliseconds))")
    case .mapRun(let state): print("next: the children of \(state)")
    case .ended(let outcome): print(Self.sentence(outcome))
    }
  }

  private func showData(_ stage: String) {
    guard let last = session.last else { return print("nothing has been worked on") }
    let shown = last.stages.filter { stage.isEmpty || $0.stage.rawValue == stage }
    if stage.isEmpty { print(last.name) }
    for (stage, data) in shown { print("  \(stage.rawValue): \(data.text)") }
  }

  private static func sentence(_ outcome: ExecutionOutcome) -> String {
    switch outcome {
    case .succeeded(let output): "succeeded: \(output.text)"
    case .failed(let error, let cause): "failed: \(error ?? "") \(cause ?? "")"
    case .timedOut: "timed out"
    case .aborted(let error, let cause): "aborted: \(error ?? "") \(cause ?? "")"
    }
  }

  private static func count(_ text: String) -> Int { max(1, min(Int(text) ?? 1, mostSteps - 1)) }

  private static func json(_ text: String) -> JSONValue? {
    do throws(JSONParseError) { return try JSONValue(parsing: text) } catch {
      print("no JSON: \(error.message) (column \(error.column))")
      return nil
    }
  }
}
