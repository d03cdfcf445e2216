/// A function of the language.
///
/// Unchecked: it does not change, and what it is called with belongs to one evaluation.
final class Builtin: Function, @unchecked Sendable {
  /// Called with arguments that have been checked.
  enum Body {
    case one((Machine, Value) throws -> Value)
    case two((Machine, Value, Value) throws -> Value)
    /// Any number of arguments, with the context and the variables of the call.
    case many((Machine, Arguments) throws -> Value)
  }

  /// What a function of many arguments gets.
  struct Arguments {
    let values: ContiguousArray<Value>
    let input: Value
    let frame: Frame

    /// The argument, undefined when there is none.
    subscript(_ position: Int) -> Value { position < values.count ? values[position] : .undefined }

    func string(_ position: Int) -> String? {
      if case .string(let text) = self[position] { text } else { nil }
    }

    func number(_ position: Int) -> Double? {
      if case .number(let number) = self[position] { number } else { nil }
    }
  }

  let name: String
  let signature: Signature
  let body: Body
  let secondMayBeMissing: Bool

  init(_ name: String, _ signature: String, arity: Int, _ body: Body) {
    self.name = name
    self.signature = .known(signature)
    self.body = body
    let parameters = self.signature.parameters
    secondMayBeMissing = parameters.count == 2 && parameters[1].isOptional && !parameters[1].usesContext
    super.init(arity: arity)
  }

  /// The argument as the function is to have it, when that is plain; nil when the whole signature has to be looked at.
  @inline(__always)
  func quick(_ value: Value, _ position: Int) -> Value? {
    let parameter = signature.parameters[position]
    guard !parameter.isRepeated, parameter.kinds.contains(.of(value)) else { return nil }
    guard parameter.wrapsInArray else { return value }
    if case .undefined = value { return value }
    if let element = parameter.element, !Signature.fits(value, element) { return nil }
    return value.isArray ? value : .array(Items([value]))
  }

  /// The arguments as the function is to have them, when all of them are plain.
  @inline(__always)
  private func quick(_ values: ContiguousArray<Value>) -> ContiguousArray<Value>? {
    let parameters = signature.parameters
    guard values.count <= parameters.count else { return nil }
    for position in values.count..<parameters.count {
      let parameter = parameters[position]
      guard parameter.isOptional, !parameter.usesContext, !parameter.isRepeated else { return nil }
    }
    var result = values
    for position in 0..<values.count {
      guard let value = quick(values[position], position) else { return nil }
      if parameters[position].wrapsInArray { result[position] = value }
    }
    return result
  }

  override func apply(_ machine: Machine, _ arguments: ContiguousArray<Value>, _ input: Value, _ frame: Frame) throws -> Value {
    let values: ContiguousArray<Value>
    if let plain = quick(arguments) {
      values = plain
    } else {
      do { values = try signature.validate(arguments, input) } catch var error as JSONataError {
        error.token = error.token ?? name
        throw error
      }
    }
    switch body {
    case .one(let body): return try body(machine, values.first ?? .undefined)
    case .two(let body): return try body(machine, values.first ?? .undefined, values.count > 1 ? values[1] : .undefined)
    case .many(let body): return try body(machine, Arguments(values: values, input: input, frame: frame))
    }
  }
}

/// The functions by name.
enum Library {
  /// Those of the reference implementation.
  static let standard: [String: Builtin] = table([
    Strings.functions, URLs.functions, Matching.functions, Numeric.functions, Arrays.functions, HigherOrder.functions, Objects.functions,
    General.functions, Dates.functions,
  ])

  /// Those that Step Functions adds; `$eval` is not there.
  static let stepFunctions: [String: Builtin] = {
    var functions = standard.merging(table([StepFunctions.functions])) { $1 }
    functions["eval"] = nil
    return functions
  }()

  private static func table(_ lists: [[Builtin]]) -> [String: Builtin] {
    Dictionary(lists.joined().map { ($0.name, $0) }, uniquingKeysWith: { $1 })
  }
}
