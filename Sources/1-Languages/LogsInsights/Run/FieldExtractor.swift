#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Finds the JSON fields that a query names in one walk over a message, and stops when it has them all.
final class FieldExtractor: @unchecked Sendable {
  // Immutable once compiled; unchecked for the pointers in it.
  private struct Edge {
    var name: Text
    /// Where the value goes, or -1.
    var field: Int
    /// The node that its members are looked up in, or -1.
    var child: Int
  }

  private let nodes: [[Edge]]
  let count: Int
  /// The same with one level and no lists: most queries.
  private let flat: [Edge]?

  init(_ paths: [[String]], _ constants: Constants) {
    var nodes: [[Edge]] = [[]]
    for (field, path) in paths.enumerated() {
      var node = 0
      for (depth, part) in path.enumerated() {
        let bytes = Array(part.utf8)
        let isLast = depth == path.count - 1
        var place = nodes[node].firstIndex { $0.name.buffer.elementsEqual(bytes) }
        if place == nil {
          nodes[node].append(Edge(name: constants.keep(bytes), field: -1, child: -1))
          place = nodes[node].count - 1
        }
        guard let place else { continue }
        if isLast {
          nodes[node][place].field = field
        } else {
          if nodes[node][place].child < 0 {
            nodes.append([])
            nodes[node][place].child = nodes.count - 1
          }
          node = nodes[node][place].child
        }
      }
    }
    self.nodes = nodes
    count = paths.count
    flat = nodes.count == 1 ? nodes[0] : nil
  }

  func extract(_ message: Text, into fields: UnsafeMutablePointer<Value>, _ arena: Arena) {
    for field in 0..<count { fields[field] = .missing }
    let scan = JSONScan(message)
    let start = scan.skipSpace(0)
    guard start < scan.end, scan.bytes[start] == UInt8(ascii: "{") else { return }
    var remaining = count
    if let flat {
      flat.withUnsafeBufferPointer { extractFlat(scan, start, $0, fields, arena) }
    } else {
      _ = map(scan, start, 0, fields, arena, &remaining)
    }
  }

  /// One level of names: no calls, no recursion.
  private func extractFlat(
    _ scan: JSONScan, _ start: Int, _ edges: UnsafeBufferPointer<Edge>, _ fields: UnsafeMutablePointer<Value>, _ arena: Arena
  ) {
    var remaining = count
    var position = scan.skipSpace(start &+ 1)
    while position < scan.end, scan.bytes[position] == UInt8(ascii: "\""), let key = scan.string(position &+ 1) {
      let keyStart = position &+ 1
      let length = key.end &- keyStart
      position = scan.skipSpace(key.end &+ 1)
      guard position < scan.end, scan.bytes[position] == UInt8(ascii: ":") else { return }
      position = scan.skipSpace(position &+ 1)
      guard let close = scan.skip(position) else { return }
      for edge in edges where edge.name.count == length && memcmp(edge.name.start, scan.bytes + keyStart, length) == 0 {
        if fields[edge.field].isMissing {
          fields[edge.field] = scan.value(position, close, arena)
          remaining &-= 1
          if remaining == 0 { return }
        }
      }
      position = scan.skipSpace(close)
      guard position < scan.end, scan.bytes[position] == UInt8(ascii: ",") else { return }
      position = scan.skipSpace(position &+ 1)
    }
  }

  /// Takes the members of the map at `start`; false when nothing more is wanted.
  private func map(
    _ scan: JSONScan, _ start: Int, _ node: Int, _ fields: UnsafeMutablePointer<Value>, _ arena: Arena, _ remaining: inout Int
  ) -> Bool {
    var left = remaining
    scan.members(start) { keyStart, keyEnd, valueStart, close in
      take(scan, Text(scan.bytes + keyStart, keyEnd - keyStart), valueStart, close, node, fields, arena, &left)
    }
    remaining = left
    return remaining > 0
  }

  private func take(
    _ scan: JSONScan, _ key: Text, _ start: Int, _ close: Int, _ node: Int, _ fields: UnsafeMutablePointer<Value>, _ arena: Arena,
    _ remaining: inout Int
  ) -> Bool {
    for edge in nodes[node] {
      if edge.name.equals(key) {
        if edge.field >= 0, fields[edge.field].isMissing {
          fields[edge.field] = scan.value(start, close, arena)
          remaining -= 1
        }
        if edge.child >= 0 { descend(scan, start, edge.child, fields, arena, &remaining) }
      } else if edge.child >= 0, key.count > edge.name.count + 1, key.start[edge.name.count] == UInt8(ascii: "."),
        memcmp(key.start, edge.name.start, edge.name.count) == 0
      {
        // A key with a point in it stands for levels too.
        let rest = Text(key.start + edge.name.count + 1, key.count - edge.name.count - 1)
        if !take(scan, rest, start, close, edge.child, fields, arena, &remaining) { return false }
      }
    }
    return remaining > 0
  }

  private func descend(
    _ scan: JSONScan, _ start: Int, _ node: Int, _ fields: UnsafeMutablePointer<Value>, _ arena: Arena, _ remaining: inout Int
  ) {
    guard scan.bytes[start] == UInt8(ascii: "[") else {
      _ = map(scan, start, node, fields, arena, &remaining)
      return
    }
    var left = remaining
    scan.elements(start) { index, elementStart, close in
      var digits = String(index)
      return digits.withUTF8 { digits in
        guard let base = digits.baseAddress else { return true }
        return take(scan, Text(base, digits.count), elementStart, close, node, fields, arena, &left)
      }
    }
    remaining = left
  }

  /// The one value wanted from a structure, whose name at the top is the first part of the path.
  func descend(_ structure: Text, _ arena: Arena) -> Value {
    var value = Value.missing
    guard structure.count > 0, let child = nodes[0].first?.child, child >= 0 else { return .missing }
    var remaining = 1
    withUnsafeMutablePointer(to: &value) { descend(JSONScan(structure), 0, child, $0, arena, &remaining) }
    return value
  }
}
