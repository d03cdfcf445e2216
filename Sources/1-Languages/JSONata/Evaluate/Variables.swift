/// Where a variable may be: so many scopes out, in that slot.
struct Place {
  let hops: Int
  let slot: Int
}

/// `$name`. A scope that will assign the variable but has not yet lets the one around it answer.
final class VariableNode: Node {
  let name: String
  private let first: Place
  private let rest: [Place]
  /// The built-in function of that name.
  let builtin: Value
  /// The same, when nothing in the expression assigns the variable.
  let known: Builtin?

  init(_ name: String, _ places: [Place], _ builtin: Value, isAssigned: Bool, _ position: Int) {
    if case .function(let function) = builtin, !isAssigned { known = function as? Builtin } else { known = nil }
    self.name = name
    first = places[0]
    rest = Array(places.dropFirst())
    self.builtin = builtin
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let value = frame.up(first.hops)[first.slot]
    if case .unset = value { return later(frame) }
    return value
  }

  private func later(_ frame: Frame) -> Value {
    for place in rest {
      let value = frame.up(place.hops)[place.slot]
      if case .unset = value { continue }
      return value
    }
    return builtin
  }
}

/// `$$`, where nothing assigns it.
final class RootNode: Node {
  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value { machine.root }
}

/// `$name := value`
final class BindNode: Node {
  let slot: Int
  let hops: Int
  let value: Node
  /// Whether a function that is kept here may hold the frame.
  var mayHoldItself = true

  init(_ place: Place, _ value: Node, _ position: Int) {
    slot = place.slot
    hops = place.hops
    self.value = value
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let result = try value.eval(machine, input, frame)
    let target = frame.up(hops)
    target[slot] = result
    if mayHoldItself {
      switch result {
      case .function, .array, .object: machine.keep(target)
      default: break
      }
    }
    return result
  }
}

/// A variable in an expression that uses `$eval`, or in what `$eval` reads: looked up by name through the scopes.
final class NamedVariableNode: Node {
  let name: String
  let scope: Scope
  let builtin: Value

  init(_ name: String, _ scope: Scope, _ builtin: Value, _ position: Int) {
    self.name = name
    self.scope = scope
    self.builtin = builtin
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    var scope: Scope? = scope
    var frame: Frame? = frame
    while let here = scope, let current = frame {
      if let slot = here.slots[name] {
        let value = current[slot]
        if case .unset = value {} else { return value }
      }
      if let value = current.extra?[name] { return value }
      scope = here.parent
      frame = current.parent
    }
    return name == "$" ? machine.root : builtin
  }
}

/// An assignment in what `$eval` reads, into the scope that called it.
final class NamedBindNode: Node {
  let name: String
  let scope: Scope
  let value: Node

  init(_ name: String, _ scope: Scope, _ value: Node, _ position: Int) {
    self.name = name
    self.scope = scope
    self.value = value
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let result = try value.eval(machine, input, frame)
    if let slot = scope.slots[name] { frame[slot] = result } else { frame.extra = (frame.extra ?? [:]).merging([name: result]) { $1 } }
    machine.keep(frame)
    return result
  }
}
