import JSON

extension Shaper {
  mutating func binary(_ node: Syntax) throws -> Syntax {
    guard let left = node.left else { return node }
    switch node.text {
    case ".": return try map(node, left)
    case "[": return try predicate(node, left)
    case "{": return try group(node, left)
    case "^": return try sort(node, left)
    case "@": return try focus(node, left)
    case "#": return try index(node, left)
    case ":=":
      let result = try operands(node, .bind)
      if let right = result.right { push(right, to: result) }
      return result
    case "~>":
      let result = try operands(node, .apply)
      result.keepArray = result.left?.keepArray == true || result.right?.keepArray == true
      return result
    default:
      let result = try operands(node, .binary)
      for part in [result.left, result.right] { if let part { push(part, to: result) } }
      return result
    }
  }

  private mutating func operands(_ node: Syntax, _ kind: Syntax.Kind) throws -> Syntax {
    let result = Syntax(kind, node.text, node.position)
    if let left = node.left { result.left = try shape(left) }
    if let right = node.right { result.right = try shape(right) }
    return result
  }

  private mutating func map(_ node: Syntax, _ left: Syntax) throws -> Syntax {
    let first = try shape(left)
    let result: Syntax
    if first.kind == .path {
      result = first
    } else {
      result = Syntax(.path, "", node.position)
      result.list = [first]
    }
    if let slot = first.slot, first.kind == .parent { result.seekingParent = [slot] }
    guard let right = node.right else { return result }
    let rest = try shape(right)
    if rest.kind == .path {
      result.list.append(contentsOf: rest.list)
    } else {
      if !rest.predicates.isEmpty {
        rest.stages = rest.predicates
        rest.predicates = []
      }
      result.list.append(rest)
    }
    for step in result.list {
      switch step.kind {
      case .number, .value: throw JSONataError("S0213", position: step.position, token: step.text, value: Output.json(step.literal))
      case .string: step.kind = .name
      default: break
      }
      if step.keepArray { result.keepSingletonArray = true }
    }
    for end in [result.list.first, result.list.last] {
      if let end, end.kind == .unary, end.text == "[" { end.consarray = true }
    }
    try resolveAncestry(result)
    return result
  }

  private mutating func predicate(_ node: Syntax, _ left: Syntax) throws -> Syntax {
    let result = try shape(left)
    let isPath = result.kind == .path
    let step = isPath ? result.list.last ?? result : result
    if step.group != nil || result.group != nil { throw JSONataError("S0209", position: node.position) }
    guard let right = node.right else { return result }
    let predicate = try shape(right)
    if !predicate.seekingParent.isEmpty {
      for slot in predicate.seekingParent {
        if slot.level == 1 { try seekParent(step, slot) } else { slot.level -= 1 }
      }
      push(predicate, to: step)
    }
    let filter = Syntax(.filter, "[", node.position)
    filter.left = predicate
    if node.keepArray {
      step.keepArray = true
      if isPath { result.keepSingletonArray = true }
    }
    if isPath { step.stages.append(filter) } else { step.predicates.append(filter) }
    return result
  }

  private mutating func group(_ node: Syntax, _ left: Syntax) throws -> Syntax {
    let result = try shape(left)
    if result.group != nil { throw JSONataError("S0210", position: node.position) }
    let group = Syntax(.unary, "{", node.position)
    for pair in node.pairs { group.pairs.append((try shape(pair.key), try shape(pair.value))) }
    result.group = group
    return result
  }

  private mutating func sort(_ node: Syntax, _ left: Syntax) throws -> Syntax {
    var result = try shape(left)
    if result.kind != .path {
      let path = Syntax(.path, "", node.position)
      path.list = [result]
      result = path
    }
    let step = Syntax(.sort, "^", node.position)
    for term in node.terms {
      let expression = try shape(term.expression)
      push(expression, to: step)
      step.terms.append(Syntax.Term(descending: term.descending, expression: expression))
    }
    result.list.append(step)
    try resolveAncestry(result)
    return result
  }

  private mutating func focus(_ node: Syntax, _ left: Syntax) throws -> Syntax {
    let result = try shape(left)
    let step = result.kind == .path ? result.list.last ?? result : result
    if !step.stages.isEmpty || !step.predicates.isEmpty { throw JSONataError("S0215", position: node.position) }
    if step.kind == .sort { throw JSONataError("S0216", position: node.position) }
    if node.keepArray { step.keepArray = true }
    step.focus = node.right?.text
    step.tuple = true
    return result
  }

  private mutating func index(_ node: Syntax, _ left: Syntax) throws -> Syntax {
    var result = try shape(left)
    let step: Syntax
    if result.kind == .path {
      step = result.list.last ?? result
    } else {
      step = result
      result = Syntax(.path, "", node.position)
      result.list = [step]
      if !step.predicates.isEmpty {
        step.stages = step.predicates
        step.predicates = []
      }
    }
    if step.stages.isEmpty {
      step.index = node.right?.text
    } else {
      let stage = Syntax(.index, node.right?.text ?? "", node.position)
      step.stages.append(stage)
    }
    step.tuple = true
    return result
  }
}
