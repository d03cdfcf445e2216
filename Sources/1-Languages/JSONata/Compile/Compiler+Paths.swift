extension Compiler {
  mutating func path(_ syntax: Syntax) throws -> Node {
    if syntax.list.contains(where: { $0.tuple }) { return try tuplePath(syntax) }
    let keeps = syntax.keepSingletonArray
    if let names = Self.names(syntax.list[...]), syntax.group == nil {
      return FieldPathNode(names, keepSingleton: keeps, syntax.position)
    }
    guard let first = syntax.list.first else { return ConstantNode(.undefined, syntax.position) }
    if first.kind == .variable, first.predicates.isEmpty, first.stages.isEmpty, first.group == nil, syntax.group == nil,
      let names = Self.names(syntax.list.dropFirst())
    {
      return ThenFieldsNode(try compile(first), FieldPathNode(names, keepSingleton: keeps, syntax.position), syntax.position)
    }
    let steps = try syntax.list.map { try step($0) }
    return PathNode(
      steps, keepSingleton: keeps, startsWithArray: first.consarray, isAbsolute: first.kind == .variable, try group(syntax), syntax.position
    )
  }

  /// The names, when the steps are nothing else.
  private static func names(_ steps: ArraySlice<Syntax>) -> [String]? {
    guard !steps.isEmpty else { return nil }
    var names: [String] = []
    for step in steps {
      guard step.kind == .name, step.stages.isEmpty, step.predicates.isEmpty, step.group == nil else { return nil }
      names.append(step.text)
    }
    return names
  }

  private mutating func step(_ syntax: Syntax) throws -> Step {
    if syntax.kind == .sort {
      return Step(ConstantNode(.undefined, syntax.position), name: nil, try filters(syntax.stages), try sort(syntax))
    }
    let isName = syntax.kind == .name && syntax.predicates.isEmpty && syntax.group == nil
    return Step(try compile(syntax), name: isName ? syntax.text : nil, try filters(syntax.stages), nil)
  }

  private mutating func sort(_ syntax: Syntax) throws -> SortNode {
    SortNode(try syntax.terms.map { SortNode.Term(descending: $0.descending, node: try compile($0.expression)) }, syntax.position)
  }

  /// The variables that tuples of the path, or of the path that a block ends with, have.
  static func tupleNames(_ syntax: Syntax) -> [String] {
    var names: [String] = []
    func add(_ name: String?) { if let name, !names.contains(name) { names.append(name) } }
    switch syntax.kind {
    case .path:
      for step in syntax.list {
        add(step.focus)
        add(step.index)
        add(step.ancestor?.label)
        for stage in step.stages where stage.kind == .index { add(stage.text) }
        if step.kind == .path || step.kind == .block { for name in tupleNames(step) { add(name) } }
      }
    case .block: if let last = syntax.list.last { names = tupleNames(last) }
    default: break
    }
    return names
  }

  private mutating func tuplePath(_ syntax: Syntax) throws -> Node {
    let names = Self.tupleNames(syntax)
    let outer = scope
    let inner = Scope(outer)
    for name in names { inner.declare(name) }
    defer { scope = outer }
    var steps: [TuplePathNode.TupleStep] = []
    var started = false
    for (position, step) in syntax.list.enumerated() {
      let isFirst = step.tuple && !started
      started = started || step.tuple
      // What is evaluated before there are tuples is outside of their scope.
      scope = started && !(position == 0 && step.consarray) && !(isFirst && step.kind == .sort) ? inner : outer
      let sort = step.kind == .sort ? try self.sort(step) : nil
      let node = sort == nil ? try compile(step) : ConstantNode(.undefined, step.position)
      scope = started ? inner : outer
      steps.append(
        TuplePathNode.TupleStep(
          node, try filters(step.stages), sort, focus: step.focus, index: step.index, ancestor: step.ancestor?.label, isTuple: step.tuple,
          isArray: step.consarray))
    }
    scope = inner
    let group = try group(syntax)
    return TuplePathNode(
      steps, names, yieldsTuples: syntax.tuple, keepSingleton: syntax.keepSingletonArray, isAbsolute: syntax.list.first?.kind == .variable,
      group, syntax.position)
  }
}
