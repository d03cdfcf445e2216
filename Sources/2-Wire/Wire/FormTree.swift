/// The levels of nested parameters. Node 0 is the root; names and texts are ranges of the form's bytes.
struct FormTree {
  private struct Node {
    var name: Range<Int32>
    var text: Range<Int32> = 0..<0
    /// Children in the order in which they came; 0 where there is none, for nobody's child is the root.
    var first: Int32 = 0
    var last: Int32 = 0
    var next: Int32 = 0
    var count: Int32 = 0
    /// The last child's name where all are numbers that rise: a greater one is new. 0 otherwise.
    var rising = 0
  }
  /// Children up to which a search one by one is faster.
  private static let few = 12
  private var nodes = [Node(name: 0..<0)]
  /// Where each child is, for nodes that have many and whose next is not known to be new.
  private var places: [Int: [String: Int]] = [:]

  mutating func reserve(_ count: Int) { nodes.reserveCapacity(count) }

  func name(of node: Int) -> Range<Int> { Self.range(nodes[node].name) }
  func text(of node: Int) -> Range<Int> { Self.range(nodes[node].text) }
  func count(of node: Int) -> Int { Int(nodes[node].count) }
  func first(of node: Int) -> Int? { nodes[node].first == 0 ? nil : Int(nodes[node].first) }
  func next(after node: Int) -> Int? { nodes[node].next == 0 ? nil : Int(nodes[node].next) }

  private static func range(_ range: Range<Int32>) -> Range<Int> { Int(range.lowerBound)..<Int(range.upperBound) }
  private static func range(_ range: Range<Int>) -> Range<Int32> {
    Int32(truncatingIfNeeded: range.lowerBound)..<Int32(truncatingIfNeeded: range.upperBound)
  }

  mutating func setText(_ text: Range<Int>, of node: Int) { nodes[node].text = Self.range(text) }

  /// The child of that name, which is added where there is none.
  mutating func child(_ name: Range<Int>, of parent: Int, in bytes: [UInt8]) -> Int {
    let (last, count, rising) = (Int(nodes[parent].last), Int(nodes[parent].count), nodes[parent].rising)
    // What was asked for last is asked for again most often.
    if count > 0, same(last, name, bytes) { return last }
    let number = Self.number(bytes[name])
    if count == 0 || (rising > 0 && number > rising) { return add(name, to: parent, rising: number, in: bytes) }
    if let known = find(name, parent, bytes) { return known }
    return add(name, to: parent, rising: 0, in: bytes)
  }

  private func same(_ node: Int, _ name: Range<Int>, _ bytes: [UInt8]) -> Bool {
    let own = self.name(of: node)
    return own.count == name.count && bytes[own].elementsEqual(bytes[name])
  }

  private mutating func find(_ name: Range<Int>, _ parent: Int, _ bytes: [UInt8]) -> Int? {
    guard count(of: parent) > Self.few else {
      var child = first(of: parent)
      while let this = child, !same(this, name, bytes) { child = next(after: this) }
      return child
    }
    if places[parent] == nil {
      var known: [String: Int] = [:]
      var child = first(of: parent)
      while let this = child {
        known[String(decoding: bytes[self.name(of: this)], as: UTF8.self)] = this
        child = next(after: this)
      }
      places[parent] = known
    }
    return places[parent]?[String(decoding: bytes[name], as: UTF8.self)]
  }

  private mutating func add(_ name: Range<Int>, to parent: Int, rising: Int, in bytes: [UInt8]) -> Int {
    let child = nodes.count
    nodes.append(Node(name: Self.range(name)))
    let place = Int32(truncatingIfNeeded: child)
    if nodes[parent].count == 0 { nodes[parent].first = place } else { nodes[Int(nodes[parent].last)].next = place }
    nodes[parent].last = place
    nodes[parent].count += 1
    nodes[parent].rising = rising
    if !places.isEmpty { places[parent]?[String(decoding: bytes[name], as: UTF8.self)] = child }
    return child
  }

  /// The children in the order of their numbers; nil when there are none or one has another name.
  func numbered(_ node: Int, in bytes: [UInt8]) -> [Int]? {
    guard var child = first(of: node) else { return nil }
    var numbered: [(number: Int, node: Int)] = []
    numbered.reserveCapacity(count(of: node))
    var isInOrder = true
    while true {
      guard let number = Int(String(decoding: bytes[name(of: child)], as: UTF8.self)), number > 0 else { return nil }
      if let last = numbered.last, last.number > number { isInOrder = false }
      numbered.append((number, child))
      guard let next = next(after: child) else { break }
      child = next
    }
    if !isInOrder { numbered.sort { $0.number < $1.number } }
    return numbered.map(\.node)
  }

  /// The number that a name is as it is usually written; 0 for any other.
  private static func number(_ name: ArraySlice<UInt8>) -> Int {
    guard name.count <= 9, name.first != UInt8(ascii: "0") else { return 0 }
    var number = 0
    for byte in name {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return 0 }
      number = number * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return number
  }
}
