import JSON

/// An object constructor, and the group-by that follows a path: items with the same key become one member.
final class GroupNode: Node {
  let keys: [Node]
  let members: [Node]
  /// The names, when all keys are literals and different.
  private let names: Names?

  init(_ keys: [Node], _ members: [Node], _ position: Int) {
    self.keys = keys
    self.members = members
    var names: ContiguousArray<String> = []
    for case let key as ConstantNode in keys {
      if case .string(let name) = key.value, !names.contains(where: { Text.same($0, name) }) { names.append(name) }
    }
    self.names = names.count == keys.count ? Names(names) : nil
    super.init(position)
  }

  /// The object, when all of it is literals.
  var constant: Value? {
    guard let names else { return nil }
    var values: ContiguousArray<Value> = []
    for case let member as ConstantNode in members where !member.value.isUndefined { values.append(member.value) }
    return values.count == members.count ? .object(Record(names, values)) : nil
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    if let names, !input.isArray { return try literal(machine, names, input, frame) }
    return try group(machine, input, frame)
  }

  /// One object with known names.
  private func literal(_ machine: Machine, _ names: Names, _ input: Value, _ frame: Frame) throws -> Value {
    var values: ContiguousArray<Value> = []
    values.reserveCapacity(members.count)
    for position in 0..<members.count {
      let value = try members[position].eval(machine, input, frame)
      if value.isUndefined { return try partial(machine, names, values, input, frame) }
      values.append(value)
    }
    try machine.account(values.count)
    return .object(Record(names, values))
  }

  /// The same from the first member on that has no value.
  private func partial(
    _ machine: Machine, _ names: Names, _ before: ContiguousArray<Value>, _ input: Value, _ frame: Frame
  ) throws -> Value {
    var values = before
    var present = ContiguousArray(names.list.prefix(before.count))
    for position in (before.count + 1)..<max(before.count + 1, members.count) {
      let value = try members[position].eval(machine, input, frame)
      if value.isUndefined { continue }
      values.append(value)
      present.append(names.list[position])
    }
    try machine.account(values.count)
    return .object(Record(Names(present), values))
  }

  private struct Group {
    var pair: Int
    var first: Value
    /// All of them, once there is a second one.
    var more: ContiguousArray<Value> = []

    mutating func append(_ item: Value) {
      if more.isEmpty { Self.spread(first, &more) }
      Self.spread(item, &more)
    }

    private static func spread(_ item: Value, _ into: inout ContiguousArray<Value>) {
      if item.isArray {
        for position in 0..<item.elementCount { into.append(item.element(position)) }
      } else if !item.isUndefined {
        into.append(item)
      }
    }

    var context: Value { more.isEmpty ? first : .array(Items(more)) }
  }

  func group(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    var groups = RecordIndex<Group>()
    let isArray = input.isArray
    let count = isArray ? input.elementCount : 1
    if count == 0 {
      try collect(machine, .undefined, .undefined, frame, &groups)
    } else {
      for position in 0..<count {
        try machine.tick()
        let item = isArray ? input.element(position) : input
        try collect(machine, item, item, frame, &groups)
      }
    }
    var builder = RecordBuilder()
    for (name, group) in groups.entries {
      let value = try members[group.pair].eval(machine, group.context, frame)
      if !value.isUndefined { builder.append(name, value) }
    }
    try machine.account(builder.values.count)
    return .object(builder.record())
  }

  private func collect(_ machine: Machine, _ item: Value, _ context: Value, _ frame: Frame, _ groups: inout RecordIndex<Group>) throws {
    for pair in 0..<keys.count {
      guard let name = try key(machine, pair, context, frame) else { continue }
      if let place = groups.position(name) {
        guard groups.entries[place].value.pair == pair else {
          throw JSONataError("D1009", position: position, value: .string(name))
        }
        groups.entries[place].value.append(item)
      } else {
        groups.append(name, Group(pair: pair, first: item))
      }
    }
  }

  private func key(_ machine: Machine, _ pair: Int, _ context: Value, _ frame: Frame) throws -> String? {
    switch try keys[pair].eval(machine, context, frame) {
    case .string(let name): return name
    case .undefined: return nil
    case let other: throw JSONataError("T1003", position: position, value: Output.json(other))
    }
  }

  /// Groups tuples: in the value, each variable has all values of the group.
  func group(_ machine: Machine, tuples: ContiguousArray<Frame>, _ names: [String], _ frame: Frame) throws -> Value {
    var groups = RecordIndex<(pair: Int, tuples: [Frame])>()
    for tuple in tuples {
      for pair in 0..<keys.count {
        guard let name = try key(machine, pair, tuple.context, tuple) else { continue }
        if let place = groups.position(name) {
          guard groups.entries[place].value.pair == pair else { throw JSONataError("D1009", position: position, value: .string(name)) }
          groups.entries[place].value.tuples.append(tuple)
        } else {
          groups.append(name, (pair, [tuple]))
        }
      }
    }
    var builder = RecordBuilder()
    for (name, group) in groups.entries {
      let merged = Frame(frame, names.count)
      merged.context = Arrays.append(all: group.tuples.map(\.context))
      for slot in names.indices {
        let values = group.tuples.map { $0[slot] }
        if case .unset = values[0] { continue }
        merged[slot] = Arrays.append(all: values)
      }
      let value = try members[group.pair].eval(machine, merged.context, merged)
      if !value.isUndefined { builder.append(name, value) }
    }
    return .object(builder.record())
  }
}

/// Entries by name in the order of their first appearance.
struct RecordIndex<Element> {
  var entries: [(name: String, value: Element)] = []
  private var index: [ByteKey: Int] = [:]

  func position(_ name: String) -> Int? {
    if entries.count > 8 { return index[ByteKey(text: name)] }
    for (position, entry) in entries.enumerated() where Text.same(entry.name, name) { return position }
    return nil
  }

  mutating func append(_ name: String, _ value: Element) {
    entries.append((name, value))
    if entries.count == 9 {
      for (position, entry) in entries.enumerated() { index[ByteKey(text: entry.name)] = position }
    } else if entries.count > 9 {
      index[ByteKey(text: name)] = entries.count - 1
    }
  }
}
