import JSON

/// The document that flat parameters describe: `A.member.1.B=x` is `{"A": [{"B": "x"}]}`, `M.entry.1.key=k&M.entry.1.value=v` is
/// `{"M": {"k": "v"}}`. Values stay text. Source: Smithy 2.0, "AWS query protocol".
///
/// Parameters come by the ten thousand, so they are read in one walk over the bytes: names and values stay where they stand, as a tree of
/// ranges, until the document is made of them.
struct FormDocument {
  private static let deepest = 64
  private var bytes: [UInt8]
  private var tree = FormTree()

  /// The document of a form's body or of a query string. Throws SerializationException for broken escapes, text that is no UTF-8, more
  /// than 250,000 parameters, or one nested deeper than 64 levels.
  static func read(_ bytes: [UInt8]) throws(WireFault) -> JSONValue {
    guard bytes.count < Int(Int32.max) else { throw .serialization("The request's parameters are too long.") }
    var form = FormDocument(bytes: bytes)
    form.tree.reserve(bytes.count / 32)
    try form.parameters()
    return try form.value(0)
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  // MARK: Reading

  private mutating func parameters() throws(WireFault) {
    var path = FormPath()
    var (start, count) = (0, 0)
    while start < bytes.count {
      let (name, value, end) = FormCoding.parameter(in: bytes, from: start)
      defer { start = end + 1 }
      if end == start { continue }
      count += 1
      guard count <= FormCoding.mostParameters else { throw FormCoding.tooMany }
      let named = try plain(name)
      if isNoMember(named) { continue }
      let node = try place(named, &path)
      tree.setText(try plain(value), of: node)
    }
  }

  /// What a run of bytes stands for, decoded where it stands: that is never longer.
  private mutating func plain(_ run: FormCoding.Run) throws(WireFault) -> Range<Int> {
    if !run.isEscaped { return run.range }
    var (from, to) = (run.range.lowerBound, run.range.lowerBound)
    while from < run.range.upperBound {
      switch bytes[from] {
      case UInt8(ascii: "+"): bytes[to] = 32
      case UInt8(ascii: "%"):
        guard from + 2 < run.range.upperBound, let high = PercentCoding.hex(bytes[from + 1]), let low = PercentCoding.hex(bytes[from + 2])
        else { throw .serialization("The request has a broken percent-escape.") }
        bytes[to] = high << 4 | low
        from += 2
      case let byte: bytes[to] = byte
      }
      from += 1
      to += 1
    }
    return run.range.lowerBound..<to
  }

  /// The two parameters that name the call.
  private func isNoMember(_ name: Range<Int>) -> Bool {
    guard name.count == 6 || name.count == 7 else { return false }
    return bytes[name].elementsEqual("Action".utf8) || bytes[name].elementsEqual("Version".utf8)
  }

  /// The node of a parameter. The next one mostly stands beside it, so that only the ends of names are looked at.
  private mutating func place(_ name: Range<Int>, _ path: inout FormPath) throws(WireFault) -> Int {
    path.keep(common(name, path.name))
    var start = name.lowerBound + path.end
    while start < name.upperBound {
      let end = bytes[start..<name.upperBound].firstIndex(of: UInt8(ascii: ".")) ?? name.upperBound
      if end > start {
        guard path.depth <= Self.deepest else {
          throw .serialization("The parameter \(String(decoding: bytes[name].prefix(100), as: UTF8.self)) is nested too deeply.")
        }
        path.push(tree.child(start..<end, of: path.node, in: bytes), end: end + 1 - name.lowerBound)
      }
      start = end + 1
    }
    path.name = name
    return path.node
  }

  /// How many bytes at the start of two names are the same.
  private func common(_ one: Range<Int>, _ other: Range<Int>) -> Int {
    let most = min(one.count, other.count)
    return bytes.withUnsafeBufferPointer { bytes in
      var same = 0
      while same < most, bytes[one.lowerBound + same] == bytes[other.lowerBound + same] { same += 1 }
      return same
    }
  }

  // MARK: Writing

  private func text(_ range: Range<Int>) throws(WireFault) -> String {
    guard let text = WireText.string(bytes[range]) else { throw .serialization("The request has text that is not UTF-8.") }
    return text
  }

  private func value(_ node: Int) throws(WireFault) -> JSONValue {
    guard let first = tree.first(of: node) else { return .string(try text(tree.text(of: node))) }
    if tree.next(after: first) == nil {
      let name = bytes[tree.name(of: first)]
      if name.elementsEqual("member".utf8) || name.elementsEqual("item".utf8), let elements = try elements(first) {
        return .array(elements)
      }
      if name.elementsEqual("entry".utf8), let elements = try elements(first) { return Self.map(elements) ?? .array(elements) }
    }
    // Lists and maps written without an element around them.
    if let elements = try elements(node) { return Self.map(elements) ?? .array(elements) }
    var members: [JSONObject.Member] = []
    members.reserveCapacity(tree.count(of: node))
    var child: Int? = first
    while let this = child {
      members.append(.init(key: try text(tree.name(of: this)), value: try value(this)))
      child = tree.next(after: this)
    }
    return .object(JSONObject(distinct: members))
  }

  /// The elements in the order of their numbers; nil when this is no list.
  private func elements(_ node: Int) throws(WireFault) -> [JSONValue]? {
    guard let children = tree.numbered(node, in: bytes) else { return nil }
    var elements: [JSONValue] = []
    elements.reserveCapacity(children.count)
    for child in children { elements.append(try value(child)) }
    return elements
  }

  /// The map whose entries these are, or nil when they are no entries: each has a key, called `key` or `Name`, and a value.
  private static func map(_ entries: [JSONValue]) -> JSONValue? {
    var object = JSONObject()
    for entry in entries {
      guard case .object(let members) = entry, members.count <= 2, let key = (members["key"] ?? members["Name"])?.string else { return nil }
      object[key] = members["value"] ?? members["Value"] ?? ""
    }
    return .object(object)
  }
}

/// The nodes from the root to the last parameter's, each with how much of its name they take.
private struct FormPath {
  var name = 0..<0
  private var nodes = [0]
  private var ends = [0]

  var node: Int { nodes[nodes.count - 1] }
  var end: Int { ends[ends.count - 1] }
  var depth: Int { nodes.count }

  mutating func push(_ node: Int, end: Int) {
    nodes.append(node)
    ends.append(end)
  }

  /// Goes up to the nodes whose names are within so many bytes.
  mutating func keep(_ common: Int) {
    while ends.count > 1, ends[ends.count - 1] > common {
      nodes.removeLast()
      ends.removeLast()
    }
  }
}
