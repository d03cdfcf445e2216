import JSON

/// Turns a shaped syntax tree into nodes in which variables have places.
struct Compiler {
  let profile: JSONata.Profile
  let library: [String: Builtin]
  var scope: Scope
  let global: Scope
  /// The expression uses `$eval`: variables can appear that are not known now.
  let isDynamic: Bool
  /// This is what `$eval` reads; the scopes around it belong to others.
  let isEvaluated: Bool
  private let outermost: Scope
  /// How many functions have been made so far.
  private(set) var functions = 0

  init(_ profile: JSONata.Profile, _ scope: Scope, dynamic: Bool, evaluated: Bool) {
    self.profile = profile
    library = profile == .current ? Library.standard : Library.stepFunctions
    self.scope = scope
    outermost = scope
    var top = scope
    while let parent = top.parent { top = parent }
    global = top
    isDynamic = dynamic
    isEvaluated = evaluated
  }

  /// Compiles an expression for `$eval`, in the scope of the call.
  static func compile(_ text: String, _ profile: JSONata.Profile, within scope: Scope) throws -> Node {
    do {
      let tree = try Shaper.shape(try Parser.parse(text, profile, deepest: JSONata.shallow))
      var compiler = Compiler(profile, scope, dynamic: true, evaluated: true)
      return try compiler.compile(tree)
    } catch is Parser.TooDeep { throw JSONataError("U1001", value: .string("The expression is nested too deep for $eval")) }
  }

  /// A node with its predicates, group and `[]`.
  mutating func compile(_ syntax: Syntax) throws -> Node {
    var node = try bare(syntax)
    if syntax.kind != .path, !syntax.predicates.isEmpty || syntax.group != nil {
      let names = syntax.tuple ? Self.tupleNames(syntax) : nil
      let outer = scope
      if let names {
        scope = Scope(outer)
        for name in names { scope.declare(name) }
      }
      defer { scope = outer }
      node = FilteredNode(node, try filters(syntax.predicates), try group(syntax), names)
    }
    if syntax.keepArray { node.keepArray = true }
    return node
  }

  mutating func compile(_ syntax: Syntax?) throws -> Node {
    guard let syntax else { return ConstantNode(.undefined, 0) }
    return try compile(syntax)
  }

  private mutating func bare(_ syntax: Syntax) throws -> Node {
    let position = syntax.position
    switch syntax.kind {
    case .string, .number, .value: return ConstantNode(syntax.literal, position)
    case .name: return NameNode(syntax.text, position)
    case .variable: return variable(syntax.text, position)
    case .regex:
      guard let regex = syntax.regex else { return ConstantNode(.undefined, position) }
      return RegexNode(regex, position)
    case .path: return try path(syntax)
    case .binary: return try binary(syntax)
    case .unary: return try unary(syntax)
    case .condition:
      return ConditionNode(try compile(syntax.left), try compile(syntax.right), try syntax.third.map { try compile($0) }, position)
    case .elvis, .coalesce:
      return DefaultNode(try compile(syntax.left), try compile(syntax.right), coalesces: syntax.kind == .coalesce, position)
    case .block: return try block(syntax)
    case .bind: return try bind(syntax)
    case .wildcard: return WildcardNode(position)
    case .descendant: return DescendantNode(position)
    case .parent: return variable(syntax.slot?.label ?? "", position)
    case .function: return try call(syntax)
    case .partial:
      functions += 1
      return try partial(syntax)
    case .lambda: return try lambda(syntax)
    case .apply:
      functions += 1
      let apply = ApplyNode(try compile(syntax.left), try compile(syntax.right), position)
      apply.scope = isDynamic ? scope : nil
      return apply
    case .transform:
      functions += 1
      return TransformNode(
        try compile(syntax.left), try compile(syntax.right), try syntax.third.map { try compile($0) }, clone: variable("clone", position),
        position)
    case .end, .operatorToken, .sort, .filter, .index:
      throw JSONataError("S0206", position: position, token: syntax.text)
    }
  }

  /// A variable, in the scopes around and then among the functions of the language.
  func variable(_ name: String, _ position: Int) -> Node {
    if name.isEmpty { return ContextNode(position) }
    let builtin = library[name].map { Value.function($0) } ?? .undefined
    if isDynamic {
      if !isEvaluated {
        global.declare(name, assigned: false)
        if !scope.knows(name) { global.free.insert(name) }
      }
      return NamedVariableNode(name, scope, builtin, position)
    }
    var places: [Place] = []
    var isAssigned = false
    var hops = 0
    var current: Scope? = scope
    while let here = current {
      if let slot = here.slots[name] {
        places.append(Place(hops: hops, slot: slot))
        isAssigned = isAssigned || here.isAssigned(name)
        if here.isSettled(name) { break }
      } else if here.parent == nil, name != "$" {
        if places.isEmpty { here.free.insert(name) }
        places.append(Place(hops: hops, slot: here.declare(name, assigned: false)))
      }
      current = here.parent
      hops += 1
    }
    if places.isEmpty { return RootNode(position) }
    return VariableNode(name, places, builtin, isAssigned: isAssigned, position)
  }

  private mutating func bind(_ syntax: Syntax) throws -> Node {
    let value = try compile(syntax.right)
    let name = syntax.left?.text ?? ""
    if isEvaluated, scope === outermost { return NamedBindNode(name, scope, value, syntax.position) }
    let node = BindNode(Place(hops: 0, slot: scope.declare(name)), value, syntax.position)
    node.mayHoldItself = true
    if !isDynamic { scope.binds.append(node) }
    return node
  }

  private mutating func block(_ syntax: Syntax) throws -> Node {
    let inner = Scope(scope)
    for item in syntax.list { inner.declare(in: item) }
    guard inner.count > 0 else {
      return BlockNode(try syntax.list.map { try compile($0) }, frameSize: nil, syntax.position)
    }
    let outer = scope
    let made = functions
    scope = inner
    defer { scope = outer }
    let expressions = try syntax.list.map { try compile($0) }
    inner.close(makingFunctions: functions > made)
    return BlockNode(expressions, frameSize: inner.count, syntax.position)
  }

  private mutating func lambda(_ syntax: Syntax) throws -> Node {
    let inner = Scope(scope)
    let parameters = syntax.list.map { inner.declare($0.text, settled: true) }
    let made = functions
    let outer = scope
    scope = inner
    defer { scope = outer }
    guard let syntaxBody = syntax.right else { return ConstantNode(.undefined, syntax.position) }
    let body: Node
    if syntaxBody.kind == .block, syntaxBody.predicates.isEmpty, syntaxBody.group == nil {
      // The variables of the body are those of the function.
      for item in syntaxBody.list { inner.declare(in: item) }
      body = BlockNode(try syntaxBody.list.map { try compile($0) }, frameSize: nil, syntaxBody.position)
      body.keepArray = syntaxBody.keepArray
    } else {
      inner.declare(in: syntaxBody)
      body = try compile(syntaxBody)
    }
    inner.close(makingFunctions: functions > made)
    functions += 1
    return LambdaNode(LambdaShape(parameters, syntax.signature, body, inner.count), syntax.position)
  }
}
