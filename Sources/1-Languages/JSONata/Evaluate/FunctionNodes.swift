import JSON

/// `$f(?, 2)`
final class PartialNode: Node {
  let procedure: Node
  /// Nil where a `?` is.
  let arguments: [Node?]
  let name: String?
  let missingDollar: Node?

  init(_ procedure: Node, _ arguments: [Node?], name: String?, missingDollar: Node?, _ position: Int) {
    self.procedure = procedure
    self.arguments = arguments
    self.name = name
    self.missingDollar = missingDollar
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    var given: ContiguousArray<Value?> = []
    for argument in arguments { given.append(try argument.map { try $0.eval(machine, input, frame) }) }
    let value = try procedure.eval(machine, input, frame)
    guard case .function(let function) = value else {
      if value.isUndefined, let missingDollar, case .function = try missingDollar.eval(machine, input, frame) {
        throw JSONataError("T1007", position: position, token: name)
      }
      throw JSONataError("T1008", position: position, token: name)
    }
    let partial = Partial(function, given)
    if partial.depth > JSONata.Limits.deepestFunction { throw Machine.nestedTooDeep }
    return .function(partial)
  }
}

/// `function($a){ ... }`
final class LambdaNode: Node {
  let shape: LambdaShape

  init(_ shape: LambdaShape, _ position: Int) {
    self.shape = shape
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let lambda = Lambda(shape, frame, input)
    if lambda.depth > JSONata.Limits.deepestFunction { throw Machine.nestedTooDeep }
    return .function(lambda)
  }
}

/// `value ~> $f`
final class ApplyNode: Node {
  let left: Node
  let right: Node
  /// The scope it is in, where `$eval` may ask for it.
  var scope: Scope?

  init(_ left: Node, _ right: Node, _ position: Int) {
    self.left = left
    self.right = right
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    let value = try left.eval(machine, input, frame)
    if let call = right as? CallNode { return try call.call(machine, input, frame, leading: value) }
    let target = try right.eval(machine, input, frame)
    guard case .function(let function) = target else { throw JSONataError("T2006", position: position, value: Output.json(target)) }
    if case .function(let first) = value {
      let chain = Chain(first, function)
      if chain.depth > JSONata.Limits.deepestFunction { throw Machine.nestedTooDeep }
      return .function(chain)
    }
    if let scope { return try machine.within(scope) { try machine.call(function, [value], .undefined, frame) } }
    return try machine.call(function, [value], .undefined, frame)
  }
}

extension Machine {
  /// Does the work with that scope as the one of the call in progress.
  func within(_ scope: Scope, _ body: () throws -> Value) throws -> Value {
    let outer = callScope
    callScope = scope
    defer { callScope = outer }
    return try body()
  }
}
