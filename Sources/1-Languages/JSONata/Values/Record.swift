/// The names of an object's members, shared by all objects that one constructor makes.
final class Names: Sendable {
  let list: ContiguousArray<String>
  /// Where each name is, when there are many.
  private let index: [ByteKey: Int]?

  init(_ list: ContiguousArray<String>) {
    self.list = list
    index =
      list.count <= 8 ? nil : Dictionary(list.enumerated().map { (ByteKey(text: $1), $0) }, uniquingKeysWith: { first, _ in first })
  }

  func position(_ name: String) -> Int? {
    if let index { return index[ByteKey(text: name)] }
    for (position, candidate) in list.enumerated() where Text.same(candidate, name) { return position }
    return nil
  }
}

/// A string that is equal to another when the bytes are: Swift's `==` takes texts that only look alike for equal.
struct ByteKey: Hashable, Sendable {
  let text: String

  static func == (left: ByteKey, right: ByteKey) -> Bool { Text.same(left.text, right.text) }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

/// An object made by the expression.
final class Record {
  @exclusivity(unchecked)
  private(set) var names: Names
  @exclusivity(unchecked)
  private(set) var values: ContiguousArray<Value>
  @exclusivity(unchecked)
  private(set) var depth: Int32

  init(_ names: Names, _ values: ContiguousArray<Value>) {
    self.names = names
    self.values = values
    var deepest: Int32 = 0
    for value in values { deepest = max(deepest, value.depth) }
    depth = deepest + 1
  }

  var count: Int { values.count }

  subscript(_ name: String) -> Value {
    guard let position = names.position(name) else { return .undefined }
    return values[position]
  }

  /// Sets a member where the object is, which only transforms do, of the copy they make.
  func set(_ name: String, _ value: Value) {
    if let position = names.position(name) {
      values[position] = value
    } else {
      names = Names(names.list + [name])
      values.append(value)
    }
    depth = max(depth, value.depth + 1)
  }

  func remove(_ name: String) {
    guard let position = names.position(name) else { return }
    var list = names.list
    list.remove(at: position)
    names = Names(list)
    values.remove(at: position)
  }
}

/// Collects the members of an object of which names may repeat; the first place and the last value of a name count.
struct RecordBuilder {
  private(set) var names: ContiguousArray<String> = []
  var values: ContiguousArray<Value> = []
  private var index: [ByteKey: Int] = [:]

  /// Where the name is, or nil.
  func position(_ name: String) -> Int? {
    if names.count > 8 { return index[ByteKey(text: name)] }
    for (position, candidate) in names.enumerated() where Text.same(candidate, name) { return position }
    return nil
  }

  mutating func set(_ name: String, _ value: Value) {
    if let position = position(name) { values[position] = value } else { append(name, value) }
  }

  /// Adds a member whose name is new.
  mutating func append(_ name: String, _ value: Value) {
    names.append(name)
    values.append(value)
    if names.count == 9 {
      for (position, name) in names.enumerated() { index[ByteKey(text: name)] = position }
    } else if names.count > 9 {
      index[ByteKey(text: name)] = names.count - 1
    }
  }

  func record() -> Record { Record(Names(names), values) }
}
