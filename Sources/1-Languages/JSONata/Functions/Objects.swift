/// What takes objects apart and puts them together.
enum Objects {
  static let functions: [Builtin] = [
    Builtin(
      "keys", "<x-:a<s>>", arity: 1,
      .one { machine, value in
        var names = RecordIndex<Bool>()
        try collect(machine, value, &names)
        let list = ContiguousArray(names.entries.map { Value.string($0.name) })
        return .array(Items(list, sequence: true))
      }),
    Builtin(
      "lookup", "<x-s:x>", arity: 2,
      .two { machine, value, name in
        guard case .string(let name) = name else { return .undefined }
        if value.isArray { try machine.tick(value.elementCount) }
        return Lookup.find(value, name)
      }),
    Builtin(
      "spread", "<x-:a<o>>", arity: 1,
      .one { machine, value in
        guard value.isArray || value.isObject else { return value }
        var parts: ContiguousArray<Value> = []
        try spread(machine, value, &parts)
        // As in the reference, the parts of an array's elements are no sequence.
        return .array(Items(parts, sequence: value.isObject || value.elementCount == 0))
      }),
    Builtin(
      "merge", "<a<o>:o>", arity: 1,
      .one { machine, value in
        if value.isUndefined { return .undefined }
        var builder = RecordBuilder()
        for position in 0..<value.elementCount {
          try value.element(position).forEachMember { name, member in
            try machine.tick()
            builder.set(name, member)
          }
        }
        try machine.account(builder.values.count)
        return .object(builder.record())
      }),
    Builtin(
      "clone", "<(oa)-:o>", arity: 1,
      .one { machine, value in
        value.isUndefined ? .undefined : try Cloning.copy(machine, value)
      }),
  ]

  private static func collect(_ machine: Machine, _ value: Value, _ names: inout RecordIndex<Bool>) throws {
    if value.isArray {
      for position in 0..<value.elementCount { try collect(machine, value.element(position), &names) }
    } else {
      try value.forEachMember { name, _ in
        try machine.tick()
        if names.position(name) == nil { names.append(name, true) }
      }
    }
  }

  private static func spread(_ machine: Machine, _ value: Value, _ parts: inout ContiguousArray<Value>) throws {
    if value.isArray {
      for position in 0..<value.elementCount { try spread(machine, value.element(position), &parts) }
    } else if value.isObject {
      try value.forEachMember { name, member in
        try machine.account(2)
        parts.append(.object(Record(Names([name]), [member])))
      }
    } else if !value.isUndefined {
      parts.append(value)
    }
  }
}
