/// Reads an event once, from its bytes, and keeps the values at the paths of a tree.
///
/// Everything else is skipped without looking into it, so the reader does not find all that may be wrong with an event: it
/// stops where the text breaks off or goes on in a way that it cannot follow. `EventPattern.check(event:)` looks at everything.
struct EventReader {
  typealias Node = UnsafePointer<PathNode.Record>

  /// Objects and arrays within each other that are looked into.
  static let deepest = 512

  var scanner: EventScanner
  let event: EventFields
  private var arrays: Int32 = 0
  private var depth = 0

  init(_ bytes: UnsafeRawBufferPointer, into event: EventFields) {
    scanner = EventScanner(bytes)
    self.event = event
  }

  /// Reads the event. Returns false when it is no JSON object or breaks off.
  mutating func read(_ root: Node) -> Bool {
    guard scanner.skipSpace(), scanner.take(UInt8(ascii: "{")) else { return false }
    return readObject(root, frame: 0)
  }

  private mutating func readObject(_ node: Node, frame: Int32) -> Bool {
    guard scanner.skipSpace() else { return false }
    if scanner.take(UInt8(ascii: "}")) { return true }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { return false }
    while true {
      guard let name = scanner.readString(into: event), scanner.skipSpace(), scanner.take(UInt8(ascii: ":")), scanner.skipSpace() else {
        return false
      }
      if let child = Self.child(of: node, name.start, name.count) {
        guard readValue(child, frame: frame) else { return false }
      } else {
        guard scanner.skipValue() else { return false }
      }
      guard scanner.skipSpace() else { return false }
      if scanner.take(UInt8(ascii: "}")) { return true }
      guard scanner.take(UInt8(ascii: ",")), scanner.skipSpace() else { return false }
    }
  }

  /// Where a name leads; one with dots in it goes as many steps as it has parts.
  @inline(__always)
  private static func child(of node: Node, _ name: UnsafePointer<UInt8>, _ count: Int) -> Node? {
    if let child = PathNode.Record.step(from: node, name, count) { return child }
    return Bytes.contains(UInt8(ascii: "."), name, count) ? descendant(of: node, name, count) : nil
  }

  private static func descendant(of node: Node, _ name: UnsafePointer<UInt8>, _ count: Int) -> Node? {
    var node = node
    var start = 0
    for end in 0...count where end == count || name[end] == UInt8(ascii: ".") {
      guard let child = PathNode.Record.step(from: node, name + start, end - start) else { return nil }
      node = child
      start = end + 1
    }
    return node
  }

  private mutating func readValue(_ node: Node, frame: Int32) -> Bool {
    switch scanner.next.pointee {
    case UInt8(ascii: "{"):
      if node.pointee.stepCount == 0, node.pointee.many == nil { return scanner.skipValue() }
      scanner.next += 1
      return readObject(node, frame: frame)
    case UInt8(ascii: "["):
      scanner.next += 1
      return readArray(node, frame: frame)
    default:
      return readScalar(node, frame: frame)
    }
  }

  private mutating func readArray(_ node: Node, frame: Int32) -> Bool {
    guard scanner.skipSpace() else { return false }
    if scanner.take(UInt8(ascii: "]")) { return true }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { return false }
    let array = arrays
    arrays += 1
    var index: Int32 = 0
    while true {
      let byte = scanner.next.pointee
      if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
        guard readValue(node, frame: event.enter(array: array, index: index, outer: frame)) else { return false }
      } else {
        guard readScalar(node, frame: frame) else { return false }
      }
      index &+= 1
      guard scanner.skipSpace() else { return false }
      if scanner.take(UInt8(ascii: "]")) { return true }
      guard scanner.take(UInt8(ascii: ",")), scanner.skipSpace() else { return false }
    }
  }

  @inline(__always)
  private mutating func readScalar(_ node: Node, frame: Int32) -> Bool {
    if node.pointee.path < 0 { return scanner.skipValue() }
    let start = scanner.next
    switch start.pointee {
    case UInt8(ascii: "\""):
      guard let text = scanner.readString(into: event) else { return false }
      event.append(Field(.string, at: node, text: text.start, count: text.count, frame: frame))
      return true
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      scanner.skipScalar()
      event.append(Field(.number, at: node, text: start, count: scanner.next - start, frame: frame))
      return true
    case UInt8(ascii: "t"): return readWord(.true, node, frame)
    case UInt8(ascii: "f"): return readWord(.false, node, frame)
    case UInt8(ascii: "n"): return readWord(.null, node, frame)
    default: return false
    }
  }

  private mutating func readWord(_ kind: Field.Kind, _ node: Node, _ frame: Int32) -> Bool {
    let start = scanner.next
    scanner.skipScalar()
    event.append(Field(kind, at: node, text: start, count: scanner.next - start, frame: frame))
    return true
  }
}
