/// A map from 64-bit keys to sets of objects, in the order of the keys, that never changes: a map with one more entry shares
/// all but the few nodes on the way to it. So matching goes on in one map while another is made.
///
/// A leaf holds up to 32 keys; a fuller one becomes a branch over the next six bits of the key, from the highest. What
/// matching reads lies in `memory` and points to the memory of the nodes below, so that reading counts no references.
final class KeyNode: Sendable {
  /// An object and the address in its memory that a search finds.
  struct Posting: @unchecked Sendable {  // The objects are immutable.
    var owner: AnyObject
    var pointer: UnsafeRawPointer
    /// Tells objects apart.
    var serial: UInt64
  }

  /// What is found under one key: one object, or a map of many by their serial.
  enum Value: Sendable {
    case one(Posting)
    case many(KeyNode)

    var count: Int {
      switch self {
      case .one: 1
      case .many(let node): node.count
      }
    }

    func forEach(_ body: (Posting) -> Void) {
      switch self {
      case .one(let posting): body(posting)
      case .many(let node): node.forEach(body)
      }
    }
  }

  private enum Content: Sendable {
    case leaf(keys: [UInt64], values: [Value])
    case branch([KeyNode?])
  }

  static let mostKeys = 32
  static let fanOut = 64
  static let empty = KeyNode(.leaf(keys: [], values: []))

  private let content: Content
  /// Objects in this map, once for each key they are under.
  let count: Int
  // Immutable memory that belongs to this node.
  nonisolated(unsafe) let memory: UnsafeRawPointer

  private init(_ content: Content) {
    self.content = content
    switch content {
    case .leaf(let keys, let values):
      count = values.reduce(0) { $0 + $1.count }
      memory = Self.lay(keys, values)
    case .branch(let nodes):
      count = nodes.reduce(0) { $0 + ($1?.count ?? 0) }
      memory = Self.lay(nodes)
    }
  }

  deinit { memory.deallocate() }

  private static func digit(_ key: UInt64, _ depth: Int) -> Int { Int(truncatingIfNeeded: (key &<< UInt64(depth &* 6)) &>> 58) }

  /// The map with the object added under the key.
  func inserting(_ key: UInt64, _ posting: Posting, depth: Int = 0) -> KeyNode {
    switch content {
    case .branch(var nodes):
      let digit = Self.digit(key, depth)
      nodes[digit] = (nodes[digit] ?? .empty).inserting(key, posting, depth: depth + 1)
      return KeyNode(.branch(nodes))
    case .leaf(var keys, var values):
      if let index = keys.firstIndex(of: key) {
        values[index] = Self.adding(posting, to: values[index])
        return KeyNode(.leaf(keys: keys, values: values))
      }
      let place = keys.firstIndex { $0 > key } ?? keys.count
      keys.insert(key, at: place)
      values.insert(.one(posting), at: place)
      // After ten digits four bits are left, which no more than 16 keys can differ in.
      if keys.count <= Self.mostKeys || depth >= 10 { return KeyNode(.leaf(keys: keys, values: values)) }
      return Self.split(keys, values, depth)
    }
  }

  private static func adding(_ posting: Posting, to value: Value) -> Value {
    switch value {
    case .one(let present):
      .many(empty.inserting(serialKey(present), present).inserting(serialKey(posting), posting))
    case .many(let node):
      .many(node.inserting(serialKey(posting), posting))
    }
  }

  private static func split(_ keys: [UInt64], _ values: [Value], _ depth: Int) -> KeyNode {
    var parts: [(keys: [UInt64], values: [Value])] = Array(repeating: ([], []), count: fanOut)
    for (key, value) in zip(keys, values) {
      parts[digit(key, depth)].keys.append(key)
      parts[digit(key, depth)].values.append(value)
    }
    return KeyNode(
      .branch(
        parts.map { part in
          if part.keys.isEmpty { return nil }
          if part.keys.count > mostKeys, depth < 9 { return split(part.keys, part.values, depth + 1) }
          return KeyNode(.leaf(keys: part.keys, values: part.values))
        }))
  }

  /// The map without the object under the key, or nil when nothing is left.
  func removing(_ key: UInt64, _ posting: Posting, depth: Int = 0) -> KeyNode? {
    switch content {
    case .branch(var nodes):
      let digit = Self.digit(key, depth)
      nodes[digit] = nodes[digit]?.removing(key, posting, depth: depth + 1)
      return nodes.contains { $0 != nil } ? KeyNode(.branch(nodes)) : nil
    case .leaf(var keys, var values):
      guard let index = keys.firstIndex(of: key) else { return self }
      if let rest = Self.taking(posting, from: values[index]) {
        values[index] = rest
      } else {
        keys.remove(at: index)
        values.remove(at: index)
      }
      return keys.isEmpty ? nil : KeyNode(.leaf(keys: keys, values: values))
    }
  }

  private static func taking(_ posting: Posting, from value: Value) -> Value? {
    switch value {
    case .one(let present): present.serial == posting.serial ? nil : value
    case .many(let node): node.removing(serialKey(posting), posting).map(Value.many)
    }
  }

  private static func serialKey(_ posting: Posting) -> UInt64 { Bytes.hash(posting.serial, seed: 0) }

  /// What is under the key, for those who change the map.
  func value(for key: UInt64, depth: Int = 0) -> Value? {
    switch content {
    case .branch(let nodes): nodes[Self.digit(key, depth)]?.value(for: key, depth: depth + 1)
    case .leaf(let keys, let values): keys.firstIndex(of: key).map { values[$0] }
    }
  }

  /// All objects.
  func forEach(_ body: (Posting) -> Void) {
    switch content {
    case .branch(let nodes):
      for node in nodes { node?.forEach(body) }
    case .leaf(_, let values):
      for value in values { value.forEach(body) }
    }
  }
}

/// Reading, by addresses only. Memory of a leaf: the number of keys, nothing, then each key, rising, with its value. Memory of a
/// branch: -1, the memory of its 64 nodes. A value is the address that was added, or with the lowest bit set the memory of a map
/// of many.
extension KeyNode {
  private static func lay(_ keys: [UInt64], _ values: [Value]) -> UnsafeRawPointer {
    let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 + 2 * keys.count)
    memory[0] = UInt64(keys.count)
    memory[1] = 0
    for (index, key) in keys.enumerated() {
      memory[2 + 2 * index] = key
      switch values[index] {
      case .one(let posting): memory[3 + 2 * index] = UInt64(UInt(bitPattern: posting.pointer))
      case .many(let node): memory[3 + 2 * index] = UInt64(UInt(bitPattern: node.memory)) | 1
      }
    }
    return UnsafeRawPointer(memory)
  }

  private static func lay(_ nodes: [KeyNode?]) -> UnsafeRawPointer {
    let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: 1 + fanOut)
    memory[0] = .max
    for (index, node) in nodes.enumerated() { memory[1 + index] = UInt64(UInt(bitPattern: node?.memory)) }
    return UnsafeRawPointer(memory)
  }

  private typealias Words = UnsafePointer<UInt64>

  @inline(__always)
  private static func words(_ address: UInt64) -> Words? { Words(bitPattern: UInt(truncatingIfNeeded: address)) }

  /// Calls the body with each object under the key.
  @inline(__always)
  static func visit(_ memory: UnsafeRawPointer, _ key: UInt64, _ body: (UnsafeRawPointer) -> Void) {
    var node = memory.assumingMemoryBound(to: UInt64.self)
    var rest = key
    while node[0] == .max {
      guard let next = words(node[1 &+ Int(truncatingIfNeeded: rest &>> 58)]) else { return }
      node = next
      rest = rest &<< 6
    }
    let count = node[0]
    if count == 0 { return }
    // Keys are hashes, so that a key's own bits say about where it is.
    let guess = (rest &>> 32) &* count &>> 32
    var entry = node + Int(truncatingIfNeeded: 2 &+ 2 &* guess)
    if entry[0] > key {
      repeat {
        entry -= 2
        if entry == node { return }
      } while entry[0] > key
    } else {
      let end = node + Int(truncatingIfNeeded: 2 &+ 2 &* count)
      while entry[0] < key {
        entry += 2
        if entry == end { return }
      }
    }
    if entry[0] == key { visit(value: entry[1], body) }
  }

  @inline(__always)
  private static func visit(value: UInt64, _ body: (UnsafeRawPointer) -> Void) {
    if value & 1 == 0 {
      if let pointer = words(value) { body(UnsafeRawPointer(pointer)) }
    } else if let many = words(value & ~1) {
      visitAll(UnsafeRawPointer(many), body)
    }
  }

  /// Calls the body with each object.
  static func visitAll(_ memory: UnsafeRawPointer, _ body: (UnsafeRawPointer) -> Void) {
    let node = memory.assumingMemoryBound(to: UInt64.self)
    if node[0] == .max {
      for index in 1...fanOut {
        if let next = words(node[index]) { visitAll(UnsafeRawPointer(next), body) }
      }
    } else {
      let count = Int(truncatingIfNeeded: node[0])
      for index in 0..<count { visit(value: node[3 &+ 2 &* index], body) }
    }
  }

  /// Calls the body with each object under a key that is not greater (or, from above, not less) than the limit.
  static func visit(
    _ memory: UnsafeRawPointer, _ side: Side, _ limit: UInt64, depth: Int = 0, _ body: (UnsafeRawPointer) -> Void
  ) {
    let node = memory.assumingMemoryBound(to: UInt64.self)
    if node[0] == .max {
      let edge = digit(limit, depth)
      for index in side == .upTo ? 0..<edge : (edge + 1)..<fanOut {
        if let next = words(node[1 &+ index]) { visitAll(UnsafeRawPointer(next), body) }
      }
      if let next = words(node[1 &+ edge]) { visit(UnsafeRawPointer(next), side, limit, depth: depth + 1, body) }
    } else {
      let count = Int(truncatingIfNeeded: node[0])
      for index in 0..<count where side == .upTo ? node[2 &+ 2 &* index] <= limit : node[2 &+ 2 &* index] >= limit {
        visit(value: node[3 &+ 2 &* index], body)
      }
    }
  }

  enum Side {
    case upTo, from
  }
}
