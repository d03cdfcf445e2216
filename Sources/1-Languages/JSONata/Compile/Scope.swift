/// The variables of a scope, known when the expression is compiled.
final class Scope {
  let parent: Scope?
  private(set) var slots: [String: Int] = [:]
  /// Variables that have a value from the beginning: parameters.
  private var settled: Set<String> = []
  /// Variables that the expression gives a value; others may come from the caller.
  private var assigned: Set<String> = []
  /// Assignments of which it is not known yet whether a function made within may be kept and so hold the scope.
  var binds: [BindNode] = []

  /// Variables that are used where nothing around assigns them.
  var free: Set<String> = []

  init(_ parent: Scope?) { self.parent = parent }

  var count: Int { slots.count }

  @discardableResult
  func declare(_ name: String, settled isSettled: Bool = false, assigned isAssigned: Bool = true) -> Int {
    if isAssigned { assigned.insert(name) }
    if isSettled { settled.insert(name) }
    if let slot = slots[name] { return slot }
    let slot = slots.count
    slots[name] = slot
    return slot
  }

  /// Whether the variable is assigned in the scope or one around it.
  func knows(_ name: String) -> Bool { isAssigned(name) || parent?.knows(name) == true }

  func isAssigned(_ name: String) -> Bool { assigned.contains(name) }

  func isSettled(_ name: String) -> Bool { settled.contains(name) }

  /// Declares what is assigned in the node in this scope: not in blocks and functions, which have their own.
  func declare(in node: Syntax) {
    switch node.kind {
    case .block, .lambda, .name, .variable, .string, .number, .value, .regex: if node.stages.isEmpty, node.predicates.isEmpty { return }
    case .bind: if let left = node.left { declare(left.text) }
    default: break
    }
    if node.kind != .block, node.kind != .lambda {
      for part in node.list { declare(in: part) }
      if let left = node.left { declare(in: left) }
      if let right = node.right { declare(in: right) }
      if let third = node.third { declare(in: third) }
    }
    if let group = node.group { declare(in: group) }
    for pair in node.pairs {
      declare(in: pair.key)
      declare(in: pair.value)
    }
    for term in node.terms { declare(in: term.expression) }
    for predicate in node.predicates { declare(in: predicate) }
    for stage in node.stages { declare(in: stage) }
  }

  /// Tells the assignments whether functions are made in the scope, which could then hold each other.
  func close(makingFunctions: Bool) {
    for bind in binds { bind.mayHoldItself = makingFunctions }
    binds = []
  }
}
