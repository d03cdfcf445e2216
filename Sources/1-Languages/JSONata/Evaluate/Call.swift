import JSON

/// A call: `$f(a, b)`.
final class CallNode: Node {
  let procedure: Node
  let arguments: [Node]
  /// What errors call the function.
  let name: String?
  /// The name without `$` that was called as a function, and whether there is such a function.
  let missingDollar: Node?
  /// The call is the last thing that a function does.
  let isTail: Bool
  /// The scope it is in, where `$eval` may ask for it.
  var scope: Scope?

  /// The function of the language that is called unless the caller has a variable of its name.
  private let known: Builtin?

  init(_ procedure: Node, _ arguments: [Node], name: String?, missingDollar: Node?, isTail: Bool, _ position: Int) {
    known = (procedure as? VariableNode)?.known
    self.procedure = procedure
    self.arguments = arguments
    self.name = name
    self.missingDollar = missingDollar
    self.isTail = isTail
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    // Functions of the language come back without calling their caller, so they are called at once.
    if isTail, known == nil || machine.overridesFunctions || machine.isMetered {
      machine.tailCall = self
      machine.tailFrame = frame
      machine.tailInput = input
      return .unset
    }
    let result = try call(machine, input, frame, leading: nil)
    if isTail, case .array(let items) = result, items.isSequence, items.count <= 1 {
      // The caller of the function gets the sequence as it is, as with other calls in tail position.
      machine.tailValue = result
      return .unset
    }
    return result
  }

  /// The function that is called.
  private func function(_ machine: Machine, _ input: Value, _ frame: Frame, _ code: String = "T1006") throws -> Function {
    let value = try procedure.eval(machine, input, frame)
    if case .function(let function) = value { return function }
    if value.isUndefined, let missingDollar, case .function = try missingDollar.eval(machine, input, frame) {
      throw JSONataError("T1005", position: position, token: name)
    }
    throw JSONataError(code, position: position, token: name)
  }

  /// Calls with the arguments, before which `~>` may put one.
  func call(_ machine: Machine, _ input: Value, _ frame: Frame, leading: Value?) throws -> Value {
    if let scope { return try machine.within(scope) { try callHere(machine, input, frame, leading) } }
    return try callHere(machine, input, frame, leading)
  }

  @inline(__always)
  private func callHere(_ machine: Machine, _ input: Value, _ frame: Frame, _ leading: Value?) throws -> Value {
    let function: Function
    if let known, !machine.overridesFunctions { function = known } else { function = try self.function(machine, input, frame) }
    if leading == nil, let builtin = function as? Builtin, let result = try direct(machine, builtin, input, frame) { return result }
    if let lambda = function as? Lambda, lambda.shape.signature == nil { return try call(machine, lambda, input, frame, leading) }
    var values: ContiguousArray<Value> = []
    values.reserveCapacity(arguments.count + 1)
    if let leading { values.append(leading) }
    for argument in arguments { values.append(try argument.eval(machine, input, frame)) }
    do { return try machine.call(function, values, input, frame) } catch let error as JSONataError { throw named(error) }
  }

  @inline(__always)
  private func call(_ machine: Machine, _ lambda: Lambda, _ input: Value, _ frame: Frame, _ leading: Value?) throws -> Value {
    let inner = Frame(lambda.frame, lambda.shape.frameSize)
    try fill(machine, inner, lambda, input, frame, leading)
    do {
      let result = try lambda.run(machine, inner)
      if case .unset = result { return try machine.settled(result, input) }
      return result
    } catch let error as JSONataError { throw named(error) }
  }

  private func fill(_ machine: Machine, _ inner: Frame, _ lambda: Lambda, _ input: Value, _ frame: Frame, _ leading: Value?) throws {
    let parameters = lambda.shape.parameters
    var next = 0
    if let leading {
      if parameters.count > 0 { inner[parameters[0]] = leading }
      next = 1
    }
    for argument in arguments {
      let value = try argument.eval(machine, input, frame)
      if next < parameters.count { inner[parameters[next]] = value }
      next += 1
    }
    while next < parameters.count {
      inner[parameters[next]] = .undefined
      next += 1
    }
  }

  /// A built-in function with one or two arguments of the right types, without an array for them.
  @inline(__always)
  private func direct(_ machine: Machine, _ builtin: Builtin, _ input: Value, _ frame: Frame) throws -> Value? {
    switch builtin.body {
    case .one(let body) where arguments.count == 1:
      let first = try arguments[0].eval(machine, input, frame)
      return try guarded(machine) {
        if let first = builtin.quick(first, 0) { return try body(machine, first) }
        return try builtin.apply(machine, [first], input, frame)
      }
    case .two(let body) where arguments.count == 1 && builtin.secondMayBeMissing:
      let first = try arguments[0].eval(machine, input, frame)
      return try guarded(machine) {
        if let first = builtin.quick(first, 0) { return try body(machine, first, .undefined) }
        return try builtin.apply(machine, [first], input, frame)
      }
    case .two(let body) where arguments.count == 2:
      let first = try arguments[0].eval(machine, input, frame)
      let second = try arguments[1].eval(machine, input, frame)
      return try guarded(machine) {
        if let a = builtin.quick(first, 0), let b = builtin.quick(second, 1) { return try body(machine, a, b) }
        return try builtin.apply(machine, [first, second], input, frame)
      }
    default: return nil
    }
  }

  @inline(__always)
  private func guarded(_ machine: Machine, _ body: () throws -> Value) throws -> Value {
    do {
      let result = try body()
      if result.depth > JSONata.Limits.deepestValue { throw Machine.nestedTooDeep }
      return result
    } catch let error as JSONataError { throw named(error) }
  }

  private func named(_ error: JSONataError) -> JSONataError {
    guard error.position == nil || error.token == nil else { return error }
    var error = error
    if error.position == nil { error.position = position }
    if error.token == nil { error.token = name }
    return error
  }

  /// Makes the call that was left to the caller of the function it is in.
  func again(_ machine: Machine, _ context: Value, _ frame: Frame, _ input: Value) throws -> Value {
    let function = try function(machine, context, frame)
    var values: ContiguousArray<Value> = []
    for argument in arguments { values.append(try argument.eval(machine, context, frame)) }
    do {
      if let scope { return try machine.within(scope) { try function.apply(machine, values, input, frame) } }
      return try function.apply(machine, values, input, frame)
    } catch let error as JSONataError { throw named(error) }
  }
}
