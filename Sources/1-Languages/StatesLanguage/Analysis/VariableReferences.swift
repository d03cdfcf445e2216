/// Which variables states read.
extension StateMachineDefinition {
  /// The variables, without `$` and sorted, that each state of a flow and of the flows inside it reads, by the state's name. States that
  /// read none are left out.
  ///
  /// Source: AWS Step Functions API Reference, DescribeStateMachine, `variableReferences`.
  public func variableReferences(of flow: Int = 0) -> [String: [String]] {
    guard flows.indices.contains(flow) else { return [:] }
    var references: [String: [String]] = [:]
    for position in [flow] + inner(flow) {
      for state in flows[position].states {
        let names = Set(state.variableUses(tested: true).map(\.name))
        if !names.isEmpty { references[state.name] = names.sorted() }
      }
    }
    return references
  }

  /// The flows inside the states of a flow, at any depth.
  private func inner(_ flow: Int) -> [Int] {
    var found: [Int] = []
    var open = [flow]
    while let position = open.popLast() {
      for state in flows[position].states {
        let children: [Int]
        switch state.kind {
        case .parallel(let fields): children = fields.branches
        case .map(let fields): children = [fields.processor]
        default: continue
        }
        found += children
        open += children
      }
    }
    return found
  }
}
