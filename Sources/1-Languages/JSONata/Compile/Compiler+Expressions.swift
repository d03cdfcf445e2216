import JSON

extension Compiler {
  mutating func binary(_ syntax: Syntax) throws -> Node {
    let left = try compile(syntax.left)
    let right = try compile(syntax.right)
    let position = syntax.position
    switch syntax.text {
    case "=": return EqualityNode(left, right, negated: false, position)
    case "!=": return EqualityNode(left, right, negated: true, position)
    case "and", "or": return LogicNode(isAnd: syntax.text == "and", left, right, position)
    case "in": return MembershipNode(left, right, position)
    case "..": return RangeNode(left, right, position)
    case "&":
      if let chain = left as? ConcatenationNode, !chain.keepArray, syntax.left?.kind == .binary {
        return ConcatenationNode(chain.parts + [right], position)
      }
      return ConcatenationNode([left, right], position)
    default:
      if let kind = ArithmeticNode.Kind(rawValue: syntax.text) { return ArithmeticNode(kind, left, right, position) }
      if let kind = OrderNode.Kind(rawValue: syntax.text) { return OrderNode(kind, left, right, position) }
      throw JSONataError("S0204", position: position, token: syntax.text)
    }
  }

  mutating func unary(_ syntax: Syntax) throws -> Node {
    switch syntax.text {
    case "[":
      let items = try syntax.list.map { try compile($0) }
      let nested = syntax.list.map { $0.kind == .unary && $0.text == "[" }
      return ArrayNode(items, nested: nested, isStep: syntax.consarray, syntax.position)
    case "{":
      let group = try self.group(pairs: syntax.pairs, syntax.position)
      return group.constant.map { ConstantNode($0, syntax.position) } ?? group
    default: return NegateNode(try compile(syntax.left), syntax.position)
    }
  }

  mutating func group(_ syntax: Syntax) throws -> GroupNode? {
    guard let group = syntax.group else { return nil }
    return try self.group(pairs: group.pairs, group.position)
  }

  private mutating func group(pairs: [(key: Syntax, value: Syntax)], _ position: Int) throws -> GroupNode {
    var keys: [Node] = []
    var members: [Node] = []
    for pair in pairs {
      keys.append(try compile(pair.key))
      members.append(try compile(pair.value))
    }
    return GroupNode(keys, members, position)
  }

  mutating func filters(_ stages: [Syntax]) throws -> [Filter] {
    try stages.map { stage in
      if stage.kind == .index { return Filter(.index(stage.text)) }
      guard let condition = stage.left else { return Filter(.condition(ConstantNode(.undefined, stage.position))) }
      if condition.kind == .number, case .number(let number) = condition.literal, condition.predicates.isEmpty {
        return Filter(.position(number))
      }
      return Filter(.condition(try self.condition(condition)))
    }
  }

  /// A condition: a match of a regular expression does not have to be described there.
  private mutating func condition(_ syntax: Syntax) throws -> Node {
    let node = try compile(syntax)
    if let apply = node as? ApplyNode, let regex = apply.right as? RegexNode, !apply.keepArray {
      return RegexTestNode(apply.left, regex.matcher, apply.position)
    }
    return node
  }

  mutating func call(_ syntax: Syntax) throws -> Node {
    let procedure = try compile(syntax.left)
    let (name, missing) = procedureName(syntax.left)
    let arguments = try syntax.list.map { try compile($0) }
    let call = CallNode(procedure, arguments, name: name, missingDollar: missing, isTail: syntax.isThunk, syntax.position)
    call.scope = isDynamic ? scope : nil
    return call
  }

  mutating func partial(_ syntax: Syntax) throws -> Node {
    let procedure = try compile(syntax.left)
    let (name, missing) = procedureName(syntax.left)
    let arguments = try syntax.list.map { argument in
      argument.kind == .operatorToken && argument.text == "?" ? nil : try compile(argument)
    }
    return PartialNode(procedure, arguments, name: name, missingDollar: missing, syntax.position)
  }

  /// What errors call the function, and the variable of that name when the `$` was forgotten.
  private func procedureName(_ syntax: Syntax?) -> (String?, Node?) {
    guard let syntax else { return (nil, nil) }
    if syntax.kind == .path, let first = syntax.list.first {
      return (first.text, first.kind == .name ? variable(first.text, syntax.position) : nil)
    }
    return (syntax.kind == .variable ? syntax.text : nil, nil)
  }
}
