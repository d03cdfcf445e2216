import JSON
import JSONPath

extension StateMachineDefinition {
  /// Looks for what is accepted and still cannot go well: paths to members that no state before can have made, variables that are
  /// never assigned, and variables of an outer flow that are assigned inside.
  ///
  /// - Returns: warnings, in the order of the document. A definition without any may fail all the same.
  public func analyze() -> [Diagnostic] {
    var analysis = DefinitionAnalysis(self)
    analysis.flow(0, entering: .unknown, outer: [])
    return analysis.findings
  }
}

struct DefinitionAnalysis {
  let definition: StateMachineDefinition
  var findings: [Diagnostic] = []
  private var seen: Set<Diagnostic> = []

  init(_ definition: StateMachineDefinition) { self.definition = definition }

  mutating func warn(_ code: Diagnostic.Code, _ message: String, at location: String) {
    let diagnostic = Diagnostic(code, message, at: location, severity: .warning)
    if seen.insert(diagnostic).inserted { findings.append(diagnostic) }
  }

  /// - Parameters:
  ///   - entering: what the flow's first state gets.
  ///   - outer: variables of the flows around it.
  mutating func flow(_ position: Int, entering: Shape, outer: Set<String>) {
    let flow = definition.flows[position]
    let own = Set(flow.states.flatMap(\.assignedNames))
    let visible = own.union(outer)
    let inputs = flow.inputs(entering)
    for (index, state) in flow.states.enumerated() {
      for name in state.assignedNames where outer.contains(name) {
        warn(
          .variableOfOuterFlow, "The variable '$\(name)' is assigned in a flow around this one, where no flow inside may assign it",
          at: "\(state.location)/Assign")
      }
      for use in state.variableUses() where !visible.contains(use.name) {
        warn(.unassignedVariable, "The variable '$\(use.name)' is assigned nowhere", at: "\(state.location)/\(use.field)")
      }
      guard let input = inputs[index] else { continue }
      check(state, input)
      children(state, input, visible)
    }
  }

  private mutating func children(_ state: State, _ input: Shape, _ visible: Set<String>) {
    switch state.kind {
    case .parallel(let fields):
      for branch in fields.branches { flow(branch, entering: state.worked(input).bounded(), outer: visible) }
    case .map(let fields):
      let item: Shape = fields.itemSelector.map { $0.shape(.unknown) } ?? .unknown
      flow(fields.processor, entering: fields.itemBatcher == nil ? item : .unknown, outer: fields.mode == .inline ? visible : [])
    default: break
    }
  }

  /// Reports paths that cannot resolve in what the state gets.
  private mutating func check(_ state: State, _ input: Shape) {
    guard state.queryLanguage == .jsonPath else { return }
    for use in state.pathUses(input) {
      let members = use.path.leadingMembers
      guard let name = use.shape.missing(members) else { continue }
      warn(
        .unresolvablePath, "The path '\(use.path.text)' cannot resolve: no state before provides '\(name)'",
        at: "\(state.location)/\(use.field)")
    }
  }
}

extension Flow {
  /// What each state gets, where that is known; nil for states that nothing leads to.
  func inputs(_ entering: Shape) -> [Shape?] {
    var inputs: [Shape?] = Array(repeating: nil, count: states.count)
    guard states.indices.contains(start) else { return inputs }
    inputs[start] = entering
    var open = [start]
    var visits = Array(repeating: 0, count: states.count)
    while let position = open.popLast() {
      guard let input = inputs[position] else { continue }
      for (next, shape) in states[position].exits(input) where states.indices.contains(next) {
        let shape = shape.bounded()
        var joined = inputs[next].map { $0.joined(shape).bounded() } ?? shape
        visits[next] += 1
        if visits[next] > 64 { joined = .unknown }
        if inputs[next] != joined {
          inputs[next] = joined
          open.append(next)
        }
      }
    }
    return inputs
  }
}
