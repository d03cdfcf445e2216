/// Something that can be called.
class Function {
  /// How many arguments higher-order functions hand over.
  let arity: Int
  /// How deep functions hold each other.
  var depth: Int32 { 0 }

  init(arity: Int) { self.arity = arity }

  /// Calls it; a call in tail position is left to the caller.
  func apply(_ machine: Machine, _ arguments: ContiguousArray<Value>, _ input: Value, _ frame: Frame) throws -> Value { .undefined }
}

/// What a function definition has apart from its closure.
final class LambdaShape {
  /// The slot of each parameter.
  let parameters: [Int]
  let signature: Signature?
  let body: Node
  let frameSize: Int

  init(_ parameters: [Int], _ signature: Signature?, _ body: Node, _ frameSize: Int) {
    self.parameters = parameters
    self.signature = signature
    self.body = body
    self.frameSize = frameSize
  }
}

/// A function that the expression defines, with the variables around it.
final class Lambda: Function {
  let shape: LambdaShape
  let frame: Frame
  let input: Value
  private let nesting: Int32

  init(_ shape: LambdaShape, _ frame: Frame, _ input: Value) {
    self.shape = shape
    self.frame = frame
    self.input = input
    nesting = frame.depth + 1
    super.init(arity: shape.parameters.count)
  }

  override var depth: Int32 { nesting }

  override func apply(_ machine: Machine, _ arguments: ContiguousArray<Value>, _ input: Value, _ frame: Frame) throws -> Value {
    var arguments = arguments
    if let signature = shape.signature { arguments = try signature.validate(arguments, input) }
    let inner = Frame(self.frame, shape.frameSize)
    for (position, slot) in shape.parameters.enumerated() {
      inner[slot] = position < arguments.count ? arguments[position] : .undefined
    }
    return try run(machine, inner)
  }

  /// Evaluates the body with its variables.
  @inline(__always)
  func run(_ machine: Machine, _ inner: Frame) throws -> Value {
    try machine.tick()
    return try machine.withStack { try shape.body.eval(machine, self.input, inner) }
  }
}

/// A function with some of its arguments given.
final class Partial: Function {
  private let function: Function
  private let given: ContiguousArray<Value?>

  init(_ function: Function, _ given: ContiguousArray<Value?>) {
    self.function = function
    self.given = given
    super.init(arity: given.reduce(0) { $0 + ($1 == nil ? 1 : 0) })
  }

  override var depth: Int32 {
    given.reduce(function.depth) { max($0, $1?.depth ?? 0) } + 1
  }

  override func apply(_ machine: Machine, _ arguments: ContiguousArray<Value>, _ input: Value, _ frame: Frame) throws -> Value {
    var rest = arguments[...]
    var all: ContiguousArray<Value> = []
    for value in given { all.append(value ?? rest.popFirst() ?? .undefined) }
    // The reference hands what is given over as it is.
    while case .undefined? = all.last, all.count > 1 { all.removeLast() }
    return try function.apply(machine, all, input, frame)
  }
}

/// `$f ~> $g`
final class Chain: Function {
  private let first: Function
  private let second: Function
  private let nesting: Int32

  init(_ first: Function, _ second: Function) {
    self.first = first
    self.second = second
    nesting = max(first.depth, second.depth) + 1
    super.init(arity: 1)
  }

  override var depth: Int32 { nesting }

  override func apply(_ machine: Machine, _ arguments: ContiguousArray<Value>, _ input: Value, _ frame: Frame) throws -> Value {
    try machine.tick()
    return try machine.withStack {
      let result = try machine.call(first, [arguments.first ?? .undefined], .undefined, frame)
      return try machine.call(second, [result], .undefined, frame)
    }
  }
}

extension Machine {
  /// Calls a function and makes the calls that it leaves to its caller.
  func call(_ function: Function, _ arguments: ContiguousArray<Value>, _ input: Value, _ frame: Frame) throws -> Value {
    try settled(try function.apply(self, arguments, input, frame), input)
  }

  /// Calls a function with one argument, or up to three when it takes them.
  @inline(__always)
  func call(_ function: Function, _ first: Value, _ second: @autoclosure () -> Value, _ third: @autoclosure () -> Value, _ frame: Frame)
    throws -> Value
  {
    if let lambda = function as? Lambda, lambda.shape.signature == nil {
      let inner = Frame(lambda.frame, lambda.shape.frameSize)
      let parameters = lambda.shape.parameters
      if parameters.count > 0 { inner[parameters[0]] = first }
      if parameters.count > 1 { inner[parameters[1]] = second() }
      if parameters.count > 2 { inner[parameters[2]] = third() }
      if parameters.count > 3 { for slot in parameters[3...] { inner[slot] = .undefined } }
      let result = try lambda.run(self, inner)
      if case .unset = result { return try settled(result, .undefined) }
      return result
    }
    var arguments: ContiguousArray<Value> = [first]
    if function.arity >= 2 { arguments.append(second()) }
    if function.arity >= 3 { arguments.append(third()) }
    return try call(function, arguments, .null, frame)
  }

  /// Makes the calls in tail position that are left.
  func settled(_ result: Value, _ input: Value) throws -> Value {
    var result = result
    while case .unset = result {
      guard let call = tailCall, let frame = tailFrame else {
        defer { tailValue = .undefined }
        return tailValue
      }
      let context = tailInput
      (tailCall, tailFrame, tailInput) = (nil, nil, .undefined)
      try tick()
      result = try withStack { try call.again(self, context, frame, input) }
    }
    if result.depth > JSONata.Limits.deepestValue { throw Self.nestedTooDeep }
    return result
  }
}
