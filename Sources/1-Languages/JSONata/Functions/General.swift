import JSON

/// `$boolean`, `$exists`, `$type`, `$error`, `$eval` and their like.
enum General {
  static let functions: [Builtin] = [
    Builtin("boolean", "<x-:b>", arity: 1, .one { _, value in try value.truth().map { .bool($0) } ?? .undefined }),
    Builtin("not", "<x-:b>", arity: 1, .one { _, value in value.isUndefined ? .undefined : .bool(try !value.isTrue()) }),
    Builtin("exists", "<x:b>", arity: 1, .one { _, value in .bool(!value.isUndefined) }),
    Builtin("type", "<x:s>", arity: 1, .one { _, value in value.typeName.map { .string($0) } ?? .undefined }),
    Builtin(
      "error", "<s?:x>", arity: 1,
      .one { _, value in
        var message = "$error() function evaluated"
        if case .string(let text) = value { message = text }
        throw JSONataError("D3137", value: .string(message))
      }),
    Builtin(
      "assert", "<bs?:x>", arity: 2,
      .two { _, condition, message in
        if case .bool(true) = condition { return .undefined }
        var sentence = "$assert() statement failed"
        if case .string(let text) = message { sentence = text }
        throw JSONataError("D3141", value: .string(sentence))
      }),
    Builtin(
      "eval", "<sx?:x>", arity: 2,
      .many { machine, arguments in
        guard let text = arguments.string(0) else { return .undefined }
        return try evaluate(machine, text, arguments)
      }),
  ]

  /// Compiles and evaluates an expression with the variables of the call.
  private static func evaluate(_ machine: Machine, _ text: String, _ arguments: Builtin.Arguments) throws -> Value {
    var input = arguments.input
    if arguments.values.count > 1, !arguments[1].isUndefined {
      input = arguments[1]
      if input.isArray {
        var wraps = true
        if case .array(let items) = input, items.isSequence { wraps = false }
        if wraps { input = Machine.wrapped(input) }
      }
    }
    let node: Node
    do {
      node = try Compiler.compile(text, machine.profile, within: machine.callScope)
    } catch let error as JSONataError {
      throw JSONataError("D3120", value: .string(error.explained().message))
    }
    do {
      return try machine.withStack { try node.eval(machine, input, arguments.frame) }
    } catch let error as JSONataError where error.code != "U1001" {
      throw JSONataError("D3121", value: .string(error.explained().message))
    }
  }
}

extension Machine {
  /// An array as the context: a sequence with it as the only value.
  static func wrapped(_ array: Value) -> Value {
    let items = Items([array], sequence: true)
    items.isOuterWrapper = true
    return .array(items)
  }
}
