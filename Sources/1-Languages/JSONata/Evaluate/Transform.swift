import JSON

/// `|pattern|update, deletions|`
final class TransformNode: Node {
  let pattern: Node
  let update: Node
  let deletions: Node?
  /// `$clone`, which may have been assigned something else.
  let clone: Node

  init(_ pattern: Node, _ update: Node, _ deletions: Node?, clone: Node, _ position: Int) {
    self.pattern = pattern
    self.update = update
    self.deletions = deletions
    self.clone = clone
    super.init(position)
  }

  override func run(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> Value {
    .function(Transformer(self, frame))
  }
}

/// The function that a transform is.
final class Transformer: Function {
  private let node: TransformNode
  private let frame: Frame
  private static let signature = Signature.known("<(oa):o>")

  init(_ node: TransformNode, _ frame: Frame) {
    self.node = node
    self.frame = frame
    super.init(arity: 1)
  }

  override var depth: Int32 { frame.depth + 1 }

  override func apply(_ machine: Machine, _ arguments: ContiguousArray<Value>, _ input: Value, _ frame: Frame) throws -> Value {
    let arguments = try Self.signature.validate(arguments, input)
    guard let object = arguments.first, !object.isUndefined else { return .undefined }
    guard case .function(let clone) = try node.clone.eval(machine, .undefined, self.frame) else {
      throw JSONataError("T2013", position: node.position)
    }
    let copy = try machine.call(clone, [object], .undefined, self.frame)
    let matches = try node.pattern.eval(machine, copy, self.frame)
    guard !matches.isUndefined else { return copy }
    // The matches are in the copy and are changed there.
    for position in 0..<matches.elementCount {
      try machine.tick()
      try change(machine, matches.element(position))
    }
    return copy
  }

  private func change(_ machine: Machine, _ match: Value) throws {
    let update = try node.update.eval(machine, match, frame)
    if !update.isUndefined {
      guard update.isObject else { throw JSONataError("T2011", position: node.update.position, value: Output.json(update)) }
      if case .object(let record) = match {
        try update.forEachMember { name, value in
          // An object must not become part of itself.
          record.set(name, value.isObject || value.isArray ? try Cloning.copy(machine, value) : value)
        }
        if record.depth > JSONata.Limits.deepestValue { throw Machine.nestedTooDeep }
      }
    }
    guard let deletions = node.deletions else { return }
    let names = try deletions.eval(machine, match, frame)
    if names.isUndefined { return }
    for position in 0..<names.elementCount {
      guard case .string(let name) = names.element(position) else {
        throw JSONataError("T2012", position: deletions.position, value: Output.json(names))
      }
      if case .object(let record) = match { record.remove(name) }
    }
  }
}

/// Copies in depth, as the reference makes them by writing and reading JSON.
enum Cloning {
  static func copy(_ machine: Machine, _ value: Value) throws -> Value {
    try machine.tick()
    switch value {
    case .array, .inputArray:
      var values: ContiguousArray<Value> = []
      values.reserveCapacity(value.elementCount)
      for position in 0..<value.elementCount { values.append(try copy(machine, value.element(position))) }
      try machine.account(values.count)
      return .array(Items(values))
    case .object, .inputObject:
      var builder = RecordBuilder()
      try value.forEachMember { builder.append($0, try copy(machine, $1)) }
      try machine.account(builder.values.count)
      return .object(builder.record())
    case .function: return .string("")
    case .number(let number) where !number.isFinite: return .null
    default: return value
    }
  }
}
