/// The variables of a scope, known when the expression is compiled.
final class Scope {
  let parent: Scope?
  private(set) var slots: [String: Int] = [:]
  /// Variables that have a value from the beginning: parameters.
  private var settled: Set<String> = []
  /// Variables that the expression gives a value; others may come from the caller.
  private var assigned: Set<String> = []
  /// A function is made within, which may be kept in a variable of the scope and so hold it.
  var makesFunctions = false

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

  func isAssigned(_ name: String) -> Bool { assigned.contains(name) }

  func isSettled(_ name: String) -> Bool { settled.contains(name) }

  /// Declares what is assigned in the node in this scope: not in blocks and functions, which have their own.
  func declare(in node: Syntax) {
    switch node.kind {
    case .block: return
    case .lambda:
      makesFunctions = true
      return
    case .partial, .transform, .apply: makesFunctions = true
    case .bind: if let left = node.left { declare(left.text) }
    default: break
    }
    for part in Self.parts(node) { declare(in: part) }
  }

  /// Everything below the node.
  static func parts(_ node: Syntax) -> [Syntax] {
    var parts = node.list
    if node.kind != .lambda { for part in [node.left, node.right, node.third, node.group] { if let part { parts.append(part) } } }
    for pair in node.pairs { parts += [pair.key, pair.value] }
    for term in node.terms { parts.append(term.expression) }
    parts += node.predicates
    parts += node.stages
    return parts
  }

  /// Whether a function is made anywhere below, blocks included.
  static func makesFunctions(_ nodes: [Syntax]) -> Bool {
    nodes.contains { node in
      switch node.kind {
      case .lambda, .partial, .transform, .apply: true
      default: makesFunctions(parts(node))
      }
    }
  }
}
