import JSON

extension Parser {
  /// The node of an infix operator and what is left of it.
  mutating func infix(_ first: Token, _ left: Syntax) throws -> Syntax {
    switch first.text {
    case "(": return try call(first, left)
    case "[": return try predicate(first, left)
    case "{":
      let node = Syntax(.binary, "{", first.position)
      node.left = left
      return try object(node)
    case "^": return try orderBy(first, left)
    case "?": return try condition(first, left)
    case "?:", "??":
      let node = Syntax(first.text == "??" ? .coalesce : .elvis, first.text, first.position)
      node.left = left
      node.right = try expression(0)
      return node
    case ":=":
      guard left.kind == .variable else { throw JSONataError("S0212", position: left.position, token: left.shown) }
      return try binary(first, left, 9)
    case "@", "#":
      let node = try binary(first, left, 80)
      guard node.right?.kind == .variable else { throw JSONataError("S0214", position: node.right?.position, token: first.text) }
      return node
    default: return try binary(first, left, first.power)
    }
  }

  private mutating func binary(_ first: Token, _ left: Syntax, _ power: Int) throws -> Syntax {
    let node = Syntax(.binary, first.text, first.position)
    node.left = left
    node.right = try expression(power)
    return node
  }

  private mutating func condition(_ first: Token, _ left: Syntax) throws -> Syntax {
    let node = Syntax(.condition, "?", first.position)
    node.left = left
    let then = try expression(0)
    node.right = then
    node.height = then.height + 1
    if isAt(":") {
      try advance()
      let otherwise = try expression(0)
      node.third = otherwise
      node.height = max(node.height, otherwise.height + 1)
    }
    return node
  }

  private mutating func predicate(_ first: Token, _ left: Syntax) throws -> Syntax {
    if isAt("]") {
      // An empty predicate keeps arrays of one.
      var step = left
      while step.kind == .binary, step.text == "[", let inner = step.left { step = inner }
      step.keepArray = true
      try advance(afterOperand: true)
      return left
    }
    let node = try binary(first, left, 0)
    try expect("]", afterOperand: true)
    return node
  }

  private mutating func orderBy(_ first: Token, _ left: Syntax) throws -> Syntax {
    let node = Syntax(.binary, "^", first.position)
    node.left = left
    try expect("(")
    while true {
      let descending = isAt(">")
      if descending || isAt("<") { try advance() }
      let term = try expression(0)
      node.height = max(node.height, term.height + 1)
      node.terms.append(Syntax.Term(descending: descending, expression: term))
      if !isAt(",") { break }
      try advance()
    }
    try expect(")", afterOperand: true)
    return node
  }

  private mutating func call(_ first: Token, _ left: Syntax) throws -> Syntax {
    let node = Syntax(.function, "(", first.position)
    node.left = left
    if !isAt(")") {
      while true {
        if isAt("?") {
          node.kind = .partial
          node.list.append(Syntax(.operatorToken, "?", token.position))
          try advance(afterOperand: true)
        } else {
          node.list.append(try expression(0))
        }
        if !isAt(",") { break }
        try advance()
      }
    }
    try expect(")", afterOperand: true)
    node.height = max(tallest(node.list), left.height) + 1
    if left.kind == .name, left.text == "function" || left.text == "\u{03BB}" { return try lambda(node) }
    return node
  }

  private mutating func lambda(_ node: Syntax) throws -> Syntax {
    for argument in node.list where argument.kind != .variable {
      throw JSONataError("S0208", position: argument.position, token: argument.shown, value: .string(argument.shown))
    }
    node.kind = .lambda
    if isAt("<") {
      var nesting = 1
      var text = "<"
      while nesting > 0, !isAt("{"), token.kind != .end {
        try advance()
        if isAt(">") { nesting -= 1 } else if isAt("<") { nesting += 1 }
        text += token.text
      }
      try expect(">")
      node.signature = try Signature(text)
    }
    try expect("{")
    let body = try expression(0)
    node.right = body
    node.height = max(node.height, body.height + 1)
    try expect("}", afterOperand: true)
    return node
  }
}
