/// The names that lead from the root of an event to the fields that rules mention, as the reader of events follows them.
///
/// A path's dots part its names, whether they came from nested objects or from a name with a dot in it. Nodes never change; a
/// tree with another path shares all but the nodes above it.
final class PathNode: Sendable {
  /// The name that leads here; empty for the root.
  let name: [UInt8]
  /// The number of the path that ends here, or -1.
  let path: Int32
  /// How values of the path find the rules that want them; nil when no rule asks for them.
  let probes: Probes?
  /// The nodes one name further, few of them in `few` and many by the hash of their name in `many`.
  let few: [PathNode]
  let many: KeyNode?
  // Immutable memory that belongs to this node.
  nonisolated(unsafe) let record: UnsafeMutablePointer<Record>
  nonisolated(unsafe) private let steps: UnsafeMutablePointer<Step>

  private static let mostFew = 12

  /// What the reader sees of a node.
  struct Record {
    var path: Int32
    var stepCount: Int32
    var steps: UnsafePointer<Step>
    var many: UnsafeRawPointer?
    var probes: UnsafePointer<Probes.Record>?
    var name: UnsafePointer<UInt8>
    var nameCount: Int
  }

  /// A name, its first eight bytes, and where it leads.
  struct Step {
    var head: UInt64
    var count: Int
    var name: UnsafePointer<UInt8>
    var node: UnsafePointer<Record>
  }

  static let empty = PathNode(name: [], path: -1, probes: nil, few: [], many: nil)

  private init(name: [UInt8], path: Int32, probes: Probes?, few: [PathNode], many: KeyNode?) {
    self.name = name
    self.path = path
    self.probes = probes
    self.few = few
    self.many = many
    let text = UnsafeMutablePointer<UInt8>.allocate(capacity: max(name.count, 1))
    for (index, byte) in name.enumerated() { text[index] = byte }
    steps = .allocate(capacity: max(few.count, 1))
    for (index, node) in few.enumerated() {
      let name = node.record.pointee.name
      (steps + index).initialize(
        to: Step(head: Bytes.head(name, node.name.count), count: node.name.count, name: name, node: UnsafePointer(node.record)))
    }
    record = .allocate(capacity: 1)
    record.initialize(
      to: Record(
        path: path, stepCount: Int32(few.count), steps: UnsafePointer(steps), many: many?.memory, probes: probes?.record,
        name: UnsafePointer(text), nameCount: name.count))
  }

  deinit {
    record.pointee.name.deallocate()
    record.deallocate()
    steps.deallocate()
  }

  var isEmpty: Bool { path < 0 && few.isEmpty && many == nil }

  /// The tree in which the path has this number and these probes; without a number the path is taken out.
  func setting(_ names: ArraySlice<ArraySlice<UInt8>>, to path: Int32, _ probes: Probes?) -> PathNode {
    guard let first = names.first else {
      return PathNode(name: name, path: path, probes: probes, few: few, many: many)
    }
    let present = child(first)
    let node = (present ?? PathNode(name: Array(first), path: -1, probes: nil, few: [], many: nil))
      .setting(names.dropFirst(), to: path, probes)
    return replacing(present, with: node.isEmpty ? nil : node)
  }

  static func names(_ path: [UInt8]) -> [ArraySlice<UInt8>] {
    path.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
  }

  private func child(_ name: ArraySlice<UInt8>) -> PathNode? {
    guard let many else { return few.first { $0.name.elementsEqual(name) } }
    var found: PathNode?
    many.value(for: Self.key(Array(name)))?.forEach { posting in
      if let node = posting.owner as? PathNode, node.name.elementsEqual(name) { found = node }
    }
    return found
  }

  private func replacing(_ old: PathNode?, with new: PathNode?) -> PathNode {
    if let many {
      var changed: KeyNode? = many
      if let old { changed = changed?.removing(Self.key(old.name), old.posting) }
      if let new { changed = (changed ?? .empty).inserting(Self.key(new.name), new.posting) }
      return PathNode(name: name, path: path, probes: probes, few: [], many: changed)
    }
    var nodes = few
    if let index = nodes.firstIndex(where: { $0 === old }) { nodes.remove(at: index) }
    if let new { nodes.append(new) }
    guard nodes.count > Self.mostFew else { return PathNode(name: name, path: path, probes: probes, few: nodes, many: nil) }
    let all = nodes.reduce(KeyNode.empty) { $0.inserting(Self.key($1.name), $1.posting) }
    return PathNode(name: name, path: path, probes: probes, few: [], many: all)
  }

  private var posting: KeyNode.Posting {
    KeyNode.Posting(owner: self, pointer: UnsafeRawPointer(record), serial: UInt64(UInt(bitPattern: record)))
  }

  private static func key(_ name: [UInt8]) -> UInt64 {
    name.withUnsafeBufferPointer { name in
      name.baseAddress.map { key($0, name.count) } ?? 0
    }
  }

  @inline(__always)
  fileprivate static func key(_ name: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    count == 0 ? 0 : Bytes.hash(name, count, seed: 0)
  }
}

extension PathNode.Record {
  /// Where a name leads, or nil when no rule mentions what is there.
  @inline(__always)
  static func step(from node: UnsafePointer<Self>, _ name: UnsafePointer<UInt8>, _ count: Int) -> UnsafePointer<Self>? {
    if let many = node.pointee.many { return search(many, name, count) }
    let head = Bytes.head(name, count)
    var step = node.pointee.steps
    let end = step + Int(node.pointee.stepCount)
    while step < end {
      if step.pointee.head == head, step.pointee.count == count, count <= 8 || Bytes.equal(step.pointee.name, name, count) {
        return step.pointee.node
      }
      step += 1
    }
    return nil
  }

  private static func search(_ many: UnsafeRawPointer, _ name: UnsafePointer<UInt8>, _ count: Int) -> UnsafePointer<Self>? {
    var found: UnsafePointer<Self>?
    KeyNode.visit(many, PathNode.key(name, count)) { pointer in
      let node = pointer.assumingMemoryBound(to: Self.self)
      if node.pointee.nameCount == count, Bytes.equal(node.pointee.name, name, count) { found = node }
    }
    return found
  }
}
