extension Parser {
  mutating func block(_ first: Token) throws -> Syntax {
    let node = Syntax(.block, "(", first.position)
    while !isAt(")") {
      node.list.append(try expression(0))
      if !isAt(";") { break }
      try advance()
    }
    try expect(")", afterOperand: true)
    node.height = tallest(node.list) + 1
    return node
  }

  mutating func array(_ first: Token) throws -> Syntax {
    let node = Syntax(.unary, "[", first.position)
    if !isAt("]") {
      while true {
        var item = try expression(0)
        if isAt("..") {
          let range = Syntax(.binary, "..", token.position)
          range.left = item
          try advance()
          range.right = try expression(0)
          range.height = max(item.height, range.right?.height ?? 0) + 1
          item = range
        }
        node.list.append(item)
        if !isAt(",") { break }
        try advance()
      }
    }
    try expect("]", afterOperand: true)
    node.height = tallest(node.list) + 1
    return node
  }

  /// The pairs of an object constructor or a group-by.
  mutating func object(_ node: Syntax) throws -> Syntax {
    if !isAt("}") {
      while true {
        let key = try expression(0)
        try expect(":")
        let value = try expression(0)
        node.pairs.append((key, value))
        node.height = max(node.height, max(key.height, value.height) + 1)
        if !isAt(",") { break }
        try advance()
      }
    }
    try expect("}", afterOperand: true)
    return node
  }

  mutating func transform(_ first: Token) throws -> Syntax {
    let node = Syntax(.transform, "|", first.position)
    node.left = try expression(0)
    try expect("|")
    node.right = try expression(0)
    if isAt(",") {
      try advance()
      node.third = try expression(0)
    }
    try expect("|", afterOperand: false)
    node.height = max(node.left?.height ?? 0, node.right?.height ?? 0, node.third?.height ?? 0) + 1
    return node
  }

  func tallest(_ nodes: [Syntax]) -> Int { nodes.reduce(0) { max($0, $1.height) } }
}
