import JSON

/// Functions that call functions.
enum HigherOrder {
  static let functions: [Builtin] = [
    Builtin(
      "map", "<af>", arity: 2,
      .many { machine, arguments in
        let array = arguments[0]
        guard !array.isUndefined, case .function(let function) = arguments[1] else { return .undefined }
        var results: ContiguousArray<Value> = []
        let count = array.elementCount
        results.reserveCapacity(min(count, 65_536))
        for position in 0..<count {
          try machine.tick()
          let result = try machine.call(function, array.element(position), .number(Double(position)), array, arguments.frame)
          if !result.isUndefined { results.append(result) }
        }
        try machine.account(results.count)
        return .array(Items(results, sequence: true))
      }),
    Builtin(
      "filter", "<af>", arity: 2,
      .many { machine, arguments in
        let array = arguments[0]
        guard !array.isUndefined, case .function(let function) = arguments[1] else { return .undefined }
        var results: ContiguousArray<Value> = []
        for position in 0..<array.elementCount {
          try machine.tick()
          let item = array.element(position)
          if try machine.call(function, item, .number(Double(position)), array, arguments.frame).isTrue() { results.append(item) }
        }
        try machine.account(results.count)
        return .array(Items(results, sequence: true))
      }),
    Builtin("single", "<af?>", arity: 2, .many { machine, arguments in try single(machine, arguments) }),
    Builtin("reduce", "<afj?:j>", arity: 3, .many { machine, arguments in try reduce(machine, arguments) }),
    Builtin(
      "sift", "<o-f?:o>", arity: 2,
      .many { machine, arguments in
        let object = arguments[0]
        guard !object.isUndefined, case .function(let function) = arguments[1] else { return .undefined }
        var builder = RecordBuilder()
        try object.forEachMember { name, value in
          try machine.tick()
          if try machine.call(function, value, .string(name), object, arguments.frame).isTrue() { builder.append(name, value) }
        }
        return builder.values.isEmpty ? .undefined : .object(builder.record())
      }),
    Builtin(
      "each", "<o-f:a>", arity: 2,
      .many { machine, arguments in
        let object = arguments[0]
        guard case .function(let function) = arguments[1] else { return .undefined }
        var results: ContiguousArray<Value> = []
        try object.forEachMember { name, value in
          try machine.tick()
          let result = try machine.call(function, value, .string(name), object, arguments.frame)
          if !result.isUndefined { results.append(result) }
        }
        return .array(Items(results, sequence: true))
      }),
  ]

  private static func single(_ machine: Machine, _ arguments: Builtin.Arguments) throws -> Value {
    let array = arguments[0]
    if array.isUndefined { return .undefined }
    var found: Value?
    for position in 0..<array.elementCount {
      try machine.tick()
      let item = array.element(position)
      if case .function(let function) = arguments[1] {
        guard try machine.call(function, item, .number(Double(position)), array, arguments.frame).isTrue() else { continue }
      }
      if found != nil { throw JSONataError("D3138", index: position) }
      found = item
    }
    guard let found else { throw JSONataError("D3139") }
    return found
  }

  private static func reduce(_ machine: Machine, _ arguments: Builtin.Arguments) throws -> Value {
    let array = arguments[0]
    guard !array.isUndefined, case .function(let function) = arguments[1] else { return .undefined }
    guard function.arity >= 2 else { throw JSONataError("D3050", index: 1) }
    let count = array.elementCount
    var result = arguments[2]
    var position = 0
    if result.isUndefined, count > 0 {
      result = array.element(0)
      position = 1
    }
    while position < count {
      try machine.tick()
      let item = array.element(position)
      if function.arity <= 3 {
        let place = Value.number(Double(position))
        result = try machine.call(function, result, item, place, arguments.frame)
      } else {
        result = try machine.call(function, [result, item, .number(Double(position)), array], .null, arguments.frame)
      }
      position += 1
    }
    return result
  }
}
