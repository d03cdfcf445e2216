import JSON
import JSONPath

/// Builds a definition out of JSON and gathers what is wrong with it on the way.
struct DefinitionParser {
  let type: WorkflowType
  let recognizes: (TaskResource.Integration) -> Bool
  var language = QueryLanguage.jsonPath
  var findings: [Diagnostic] = []
  /// Found once the states are known; AWS lists them after the others.
  var transitionFindings: [Diagnostic] = []
  var unreachable: [Diagnostic] = []
  var flows: [Flow] = []
  var names: Set<String> = []
  var labels: Set<String> = []

  /// Flows in flows; deeper ones are refused before anything recursive could suffer.
  static let nesting = 32

  init(type: WorkflowType, recognizes: @escaping (TaskResource.Integration) -> Bool) {
    self.type = type
    self.recognizes = recognizes
  }

  /// The object being read and where it stands.
  struct Fields {
    let object: JSONObject
    let location: String
    func at(_ field: String) -> String { "\(location)/\(field)" }
    func has(_ field: String) -> Bool { object[field] != nil }
  }

  /// The flow being read.
  struct Scope {
    let positions: [String: Int]
    let location: String
    let depth: Int
  }

  mutating func machine(_ json: JSONValue) -> DefinitionCheck {
    guard case .object(let object) = json else {
      return DefinitionCheck(diagnostics: [Diagnostic(.schema, "Expected value of type [OBJECT]", at: "/")], definition: nil)
    }
    let fields = Fields(object: object, location: "")
    allow(["Comment", "QueryLanguage", "StartAt", "TimeoutSeconds", "Version", "States"], in: fields)
    if let (declared, _) = queryLanguage(fields) { language = declared }
    let comment = text("Comment", fields)
    let version = text("Version", fields)
    if let version, version != "1.0" { refuse("Value should be one of the following: [1.0]", at: fields.at("Version")) }
    let timeout = whole("TimeoutSeconds", fields, 0...99_999_999)
    flow(fields, depth: 0)
    return conclude(comment: comment, version: version, timeout: timeout)
  }

  private mutating func conclude(comment: String?, version: String?, timeout: Int64?) -> DefinitionCheck {
    var diagnostics = findings + transitionFindings
    if let root = flows.first, !root.states.isEmpty, findings.allSatisfy({ $0.severity == .warning }), !Self.ends(root) {
      diagnostics.append(Diagnostic(.missingEndState, "Workflow has no terminal state", at: nil))
    } else {
      diagnostics += unreachable
    }
    guard diagnostics.allSatisfy({ $0.severity == .warning }) else {
      return DefinitionCheck(diagnostics: diagnostics, definition: nil)
    }
    let definition = StateMachineDefinition(
      comment: comment, version: version, timeoutSeconds: timeout, queryLanguage: language, flows: flows)
    return DefinitionCheck(diagnostics: diagnostics, definition: definition)
  }

  private static func ends(_ flow: Flow) -> Bool {
    flow.states.contains { state in
      switch state.kind {
      case .succeed, .fail: true
      default: state.transition == .end
      }
    }
  }

  /// Reads `StartAt` and `States` and answers the flow's position.
  @discardableResult
  mutating func flow(_ fields: Fields, depth: Int) -> Int {
    let position = flows.count
    flows.append(Flow(start: 0, states: [], location: fields.location))
    guard depth < Self.nesting else {
      findings.append(Diagnostic(.tooDeeplyNested, "The states are too deeply nested", at: fields.location))
      return position
    }
    require(["StartAt", "States"], in: fields)
    let startAt = text("StartAt", fields)
    guard let states = object("States", fields) else { return position }
    guard !states.object.isEmpty else {
      refuse("Value cannot be empty", at: states.location)
      return position
    }
    var positions: [String: Int] = [:]
    for (index, name) in states.object.keys.enumerated() { positions[name] = index }
    let scope = Scope(positions: positions, location: fields.location, depth: depth)
    let start = startAt.flatMap { target($0, at: fields.at("StartAt"), scope) }
    var parsed: [State?] = []
    for (name, json) in states.object { parsed.append(state(name, json, scope)) }
    let complete = parsed.compactMap(\.self)
    guard complete.count == parsed.count else { return position }
    flows[position] = Flow(start: start ?? 0, states: complete, location: fields.location)
    if startAt != nil { checkReachability(complete, from: start) }
    return position
  }

  private mutating func checkReachability(_ states: [State], from start: Int?) {
    var reached: Set<Int> = []
    var open = start.map { [$0] } ?? []
    while let position = open.popLast() {
      guard states.indices.contains(position), reached.insert(position).inserted else { continue }
      open += states[position].successors
    }
    for (position, state) in states.enumerated() where !reached.contains(position) {
      unreachable.append(
        Diagnostic(.missingTransitionTarget, "State \"\(state.name)\" is not reachable.", at: state.location))
    }
  }
}

extension State {
  /// Positions of every state this one may lead to.
  var successors: [Int] {
    var positions: [Int] = []
    if case .next(let position) = transition { positions.append(position) }
    switch kind {
    case .choice(let fields):
      positions += fields.rules.map(\.next)
      if let position = fields.defaultState { positions.append(position) }
    case .task(let fields): positions += fields.catchers.map(\.next)
    case .parallel(let fields): positions += fields.catchers.map(\.next)
    case .map(let fields): positions += fields.catchers.map(\.next)
    default: break
    }
    return positions
  }
}
