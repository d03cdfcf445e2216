import JSON

extension Shaper {
  /// Finds the step, here or before, whose input a `%` means, and has that step keep it.
  @discardableResult
  func seekParent(_ node: Syntax, _ slot: Syntax.Slot) throws -> Syntax.Slot {
    switch node.kind {
    case .name, .wildcard:
      slot.level -= 1
      if slot.level == 0 {
        if let kept = node.ancestor { slot.label = kept.label } else { node.ancestor = slot }
        node.tuple = true
      }
    case .parent: slot.level += 1
    case .block:
      if let last = node.list.last {
        node.tuple = true
        return try seekParent(last, slot)
      }
    case .path:
      node.tuple = true
      var index = node.list.count - 1
      guard index >= 0 else { break }
      try seekParent(node.list[index], slot)
      index -= 1
      while slot.level > 0, index >= 0 {
        try seekParent(node.list[index], slot)
        index -= 1
      }
    default: throw JSONataError("S0217", position: node.position, token: node.text)
    }
    return slot
  }

  /// What is sought from within the value is sought from the result on.
  func push(_ value: Syntax, to result: Syntax) {
    var slots = value.seekingParent
    if value.kind == .parent, let slot = value.slot { slots.append(slot) }
    result.seekingParent.append(contentsOf: slots)
  }

  func resolveAncestry(_ path: Syntax) throws {
    guard let last = path.list.last else { return }
    var slots = last.seekingParent
    if last.kind == .parent, let slot = last.slot { slots.append(slot) }
    for slot in slots {
      var index = path.list.count - 2
      while slot.level > 0 {
        guard index >= 0 else {
          path.seekingParent.append(slot)
          break
        }
        var step = path.list[index]
        index -= 1
        // Steps in a row that bind a variable have the same input.
        while index >= 0, step.focus != nil, path.list[index].focus != nil {
          step = path.list[index]
          index -= 1
        }
        try seekParent(step, slot)
      }
    }
  }
}
