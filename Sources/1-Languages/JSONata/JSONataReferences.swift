/// What an expression reads that it does not make itself.
public struct JSONataReferences: Sendable, Hashable {
  /// What is read of the input: names, `$` for the input itself, `$$` for the whole document, each once, as written.
  public var context: [String] = []
  /// Members of `$states` that are read by their names.
  public var statesMembers: [String] = []
  /// `$states` is read in another way than by a member's name.
  public var readsStatesWhole = false
  /// Variables that are read and not assigned or taken as a parameter anywhere in the expression, without `$`. The language's own
  /// functions are not among them.
  public var variables: Set<String> = []

  public init() {}
}

extension JSONata {
  /// What the expression reads from outside. Expressions nested deeper than a hundred levels answer nothing.
  ///
  /// Only the first step of a path reads the input; later steps, predicates, orders and groups read what the step before them made.
  public static func references(of expression: String, profile: Profile) -> JSONataReferences {
    guard let parsed = try? Parser.parse(expression, profile, deepest: shallow), let tree = try? Shaper.shape(parsed) else {
      return JSONataReferences()
    }
    var walk = ReferenceWalk()
    walk.visit(tree, input: true)
    walk.found.variables.subtract(walk.made)
    walk.found.variables.subtract((profile == .stepFunctions ? Library.stepFunctions : Library.standard).keys)
    return walk.found
  }
}

private struct ReferenceWalk {
  var found = JSONataReferences()
  var made: Set<String> = []

  /// - Parameter input: names at this place are those of the input.
  mutating func visit(_ node: Syntax, input: Bool) {
    switch node.kind {
    case .path: path(node, input: input)
    case .name: if input { context(node.text) }
    case .variable: variable(node.text, input: input)
    case .lambda:
      for parameter in node.list { made.insert(parameter.text) }
      if let body = node.right { visit(body, input: input) }
    case .bind:
      if let left = node.left { made.insert(left.text) }
      if let right = node.right { visit(right, input: input) }
    case .transform:
      for part in [node.left, node.right, node.third] { if let part { visit(part, input: false) } }
    case .function, .partial:
      // A call in a path gets what the step before it made.
      if let procedure = node.left { visit(procedure, input: input) }
      for argument in node.list { visit(argument, input: input) }
    default:
      for part in [node.left, node.right, node.third] { if let part { visit(part, input: input) } }
      for part in node.list { visit(part, input: input) }
      for pair in node.pairs {
        visit(pair.key, input: input)
        visit(pair.value, input: input)
      }
    }
    inner(node)
  }

  /// Predicates, orders and groups, which read the values they belong to.
  private mutating func inner(_ node: Syntax) {
    if let focus = node.focus { made.insert(focus) }
    if let index = node.index { made.insert(index) }
    for stage in node.predicates + node.stages {
      if stage.kind == .index { made.insert(stage.text) }
      if let left = stage.left { visit(left, input: false) }
    }
    for term in node.terms { visit(term.expression, input: false) }
    for pair in node.group?.pairs ?? [] {
      visit(pair.key, input: false)
      visit(pair.value, input: false)
    }
  }

  private mutating func path(_ node: Syntax, input: Bool) {
    guard let first = node.list.first else { return }
    if first.kind == .variable, first.text == "states", first.predicates.isEmpty, first.stages.isEmpty, node.list.count > 1,
      node.list[1].kind == .name
    {
      member(node.list[1].text)
      inner(first)
    } else {
      visit(first, input: input)
    }
    for step in node.list.dropFirst() {
      if step.kind == .name { inner(step) } else { visit(step, input: false) }
    }
  }

  private mutating func variable(_ name: String, input: Bool) {
    switch name {
    case "": if input { context("$") }
    case "$": context("$$")
    case "states": found.readsStatesWhole = true
    default: found.variables.insert(name)
    }
  }

  private mutating func context(_ name: String) {
    if !found.context.contains(name) { found.context.append(name) }
  }

  private mutating func member(_ name: String) {
    if !found.statesMembers.contains(name) { found.statesMembers.append(name) }
  }
}
