import JSON

/// Turns the tree of the grammar into one that says what is done: chains of `.` become paths of steps, predicates belong to
/// their step, and each `%` finds the step whose input it means.
///
/// What the reference calls processAST; the rules, which decide about results, are its.
struct Shaper {
  var labels = 0
  /// Where each slot is used, so that steps that keep the same ancestor share its label.
  var parents: [Syntax] = []

  static func shape(_ tree: Syntax) throws -> Syntax {
    var shaper = Shaper()
    let result = try shaper.shape(tree)
    if result.kind == .parent || !result.seekingParent.isEmpty { throw JSONataError("S0217", position: result.position, token: "parent") }
    return result
  }

  mutating func shape(_ node: Syntax) throws -> Syntax {
    let result = try reshaped(node)
    if node.keepArray { result.keepArray = true }
    return result
  }

  private mutating func reshaped(_ node: Syntax) throws -> Syntax {
    switch node.kind {
    case .binary: return try binary(node)
    case .unary: return try unary(node)
    case .function, .partial:
      let result = Syntax(node.kind, node.text, node.position)
      result.height = node.height
      for argument in node.list {
        let shaped = try shape(argument)
        push(shaped, to: result)
        result.list.append(shaped)
      }
      if let procedure = node.left { result.left = try shape(procedure) }
      return result
    case .lambda:
      let result = Syntax(.lambda, node.text, node.position)
      result.list = node.list
      result.signature = node.signature
      if let body = node.right { result.right = tailCalls(try shape(body)) }
      return result
    case .condition, .elvis, .coalesce: return try parts(node, pushing: true)
    case .transform: return try parts(node, pushing: false)
    case .block: return try block(node)
    case .name:
      let result = Syntax(.path, "", node.position)
      result.list = [node]
      result.keepSingletonArray = node.keepArray
      return result
    case .parent:
      let slot = Syntax.Slot(label: "!\(labels)")
      labels += 1
      let result = Syntax(.parent, "%", node.position)
      result.slot = slot
      parents.append(result)
      return result
    case .operatorToken:
      if node.text == "?" { return node }
      node.kind = .name
      return try shape(node)
    case .end: throw JSONataError("S0207", position: node.position, token: node.text)
    default: return node
    }
  }

  /// A node of up to three parts.
  private mutating func parts(_ node: Syntax, pushing: Bool) throws -> Syntax {
    let result = Syntax(node.kind, node.text, node.position)
    if let left = node.left { result.left = try shape(left) }
    if let right = node.right { result.right = try shape(right) }
    if let third = node.third { result.third = try shape(third) }
    if pushing {
      for part in [result.left, result.right, result.third] { if let part { push(part, to: result) } }
    }
    return result
  }

  private mutating func block(_ node: Syntax) throws -> Syntax {
    let result = Syntax(.block, node.text, node.position)
    for item in node.list {
      let shaped = try shape(item)
      push(shaped, to: result)
      if shaped.consarray || (shaped.kind == .path && shaped.list.first?.consarray == true) { result.consarray = true }
      result.list.append(shaped)
    }
    return result
  }

  private mutating func unary(_ node: Syntax) throws -> Syntax {
    let result = Syntax(.unary, node.text, node.position)
    switch node.text {
    case "[":
      for item in node.list {
        let shaped = try shape(item)
        push(shaped, to: result)
        result.list.append(shaped)
      }
    case "{":
      for pair in node.pairs {
        let key = try shape(pair.key)
        push(key, to: result)
        let value = try shape(pair.value)
        push(value, to: result)
        result.pairs.append((key, value))
      }
    default:
      guard let operand = node.left else { return result }
      let shaped = try shape(operand)
      if shaped.kind == .number, case .number(let number) = shaped.literal {
        shaped.literal = .number(-number)
        shaped.text = "-" + shaped.text
        return shaped
      }
      result.left = shaped
      push(shaped, to: result)
    }
    return result
  }

  /// Marks calls in tail position, which are made by the caller of the function so that the stack does not grow.
  private func tailCalls(_ node: Syntax) -> Syntax {
    switch node.kind {
    case .function where node.predicates.isEmpty && node.group == nil: node.isThunk = true
    case .condition:
      if let then = node.right { node.right = tailCalls(then) }
      if let otherwise = node.third { node.third = tailCalls(otherwise) }
    case .block:
      if let last = node.list.last { node.list[node.list.count - 1] = tailCalls(last) }
    default: break
    }
    return node
  }
}
