/// The shapes of a block's messages as a tree of what is the same in them, so that a message of a shape that is known is taken apart by
/// comparing, eight bytes at a time. It finds what `ShapeScanner` would find, or nothing.
///
/// A node is a piece, what is the same up to the next part that differs. Below it are the pieces that follow such a part.
final class ShapeTree {
  private struct Node {
    /// Where its bytes are among `pieces`.
    var start: Int
    var length: Int
    /// The first node below it.
    var child: Int32 = -1
    var children: Int32 = 0
    /// The next node beside it.
    var next: Int32 = -1
    /// The shape of messages that end with the piece.
    var shape: Int32 = -1
    /// The part behind the piece is the inside of a JSON text.
    var isQuoted = false
  }
  /// Beside each other at most: each is looked at.
  private static let mostChildren: Int32 = 24
  private static let (jsonRoot, textRoot): (Int32, Int32) = (0, 1)
  private let scanner: ShapeScanner
  private let pieces = ByteHeap()
  private var nodes: UnsafeMutablePointer<Node>
  @exclusivity(unchecked) private var count = 0
  @exclusivity(unchecked) private var room = 256

  /// - Parameter scanner: is told the parts that are found, as if it had found them.
  init(_ scanner: ShapeScanner) {
    self.scanner = scanner
    nodes = .allocate(capacity: room)
    removeAll()
  }

  deinit { nodes.deallocate() }

  func removeAll() {
    pieces.count = 0
    count = 0
    for _ in 0..<2 { _ = make(Node(start: 0, length: 0)) }
  }

  private func make(_ node: Node) -> Int32 {
    if count == room {
      let fresh = UnsafeMutablePointer<Node>.allocate(capacity: room * 2)
      fresh.update(from: nodes, count: count)
      nodes.deallocate()
      (nodes, room) = (fresh, room * 2)
    }
    (nodes + count).initialize(to: node)
    count += 1
    return Int32(count - 1)
  }

  /// Takes the shape that the scanner has just found.
  func insert(_ number: Int) {
    var (node, start) = (scanner.isJSON ? Self.jsonRoot : Self.textRoot, 0)
    let (shape, length) = (scanner.shape, scanner.length)
    while true {
      var end = start
      while end < length, shape[end] != ShapeScanner.mark { end += 1 }
      guard let below = child(of: node, shape + start, end - start) else { return }
      node = below
      if end == length { break }
      nodes[Int(node)].isQuoted = scanner.isJSON && end > start && shape[end - 1] == UInt8(ascii: "\"")
      start = end + 1
    }
    nodes[Int(node)].shape = Int32(number)
  }

  /// The node of a piece, made when there is none; nil when there is no room for it.
  private func child(of node: Int32, _ piece: UnsafePointer<UInt8>, _ length: Int) -> Int32? {
    var (last, place) = (Int32(-1), nodes[Int(node)].child)
    while place >= 0 {
      let known = nodes[Int(place)]
      if known.length == length, EightBytes.areSame(pieces.base + known.start, piece, length) { return place }
      (last, place) = (place, known.next)
    }
    if nodes[Int(node)].children == Self.mostChildren { return nil }
    let fresh = make(Node(start: pieces.count, length: length))
    pieces.append(piece, length)
    nodes[Int(node)].children += 1
    if last < 0 { nodes[Int(node)].child = fresh } else { nodes[Int(last)].next = fresh }
    return fresh
  }

  /// The shape of a message; nil when it is not found here, which says nothing. Behind the message lies a space, and at least 16 bytes
  /// more may be read.
  func find(_ message: UnsafePointer<UInt8>, _ size: Int) -> Int? {
    if size == 0 || size > ShapeScanner.mostBytes { return nil }
    let isJSON = message[0] == UInt8(ascii: "{")
    let (nodes, pieces, parts) = (nodes, UnsafePointer(pieces.base), scanner.parts)
    var (place, found, below) = (0, 0, nodes[Int(isJSON ? Self.jsonRoot : Self.textRoot)].child)
    while below >= 0 {
      let node = nodes + Int(below)
      let start = place &+ node.pointee.length
      if start <= size, EightBytes.areSame(pieces + node.pointee.start, message + place, node.pointee.length) {
        if start == size, node.pointee.shape >= 0 {
          scanner.take(parts: found, isJSON: isJSON)
          return Int(node.pointee.shape)
        }
        // A part is only where another piece follows one, also an empty one.
        if node.pointee.child >= 0, found < ShapeScanner.mostParts,
          let end = isJSON
            ? scanner.valueEnd(message, start, size, isQuoted: node.pointee.isQuoted) : scanner.tokenEnd(message, start, size)
        {
          parts[2 &* found] = UInt32(truncatingIfNeeded: start)
          parts[2 &* found &+ 1] = UInt32(truncatingIfNeeded: end)
          found &+= 1
          (place, below) = (end, node.pointee.child)
          continue
        }
      }
      below = node.pointee.next
    }
    return nil
  }
}
