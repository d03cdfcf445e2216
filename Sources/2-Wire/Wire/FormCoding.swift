import JSON

/// Percent-encoding. Source: RFC 3986, section 2.1.
package enum PercentCoding {
  /// Throws SerializationException for a broken escape or text that is no UTF-8.
  package static func decode(_ text: Substring, plusIsSpace: Bool = false) throws(WireFault) -> String {
    // Most names and values have nothing in them that is written otherwise.
    if !text.utf8.contains(where: { $0 == 37 || (plusIsSpace && $0 == 43) }) { return String(text) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var iterator = text.utf8.makeIterator()
    while let byte = iterator.next() {
      if byte == 37 {
        guard let high = iterator.next().flatMap(hex), let low = iterator.next().flatMap(hex) else {
          throw .serialization("The request has a broken percent-escape.")
        }
        bytes.append(high << 4 | low)
      } else {
        bytes.append(plusIsSpace && byte == 43 ? 32 : byte)
      }
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else {
      throw .serialization("The request has text that is not UTF-8.")
    }
    return decoded
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }
}

/// Form bodies and query strings.
package enum FormCoding {
  private static let mostParameters = 250_000

  /// Names and values in order. Throws SerializationException for broken escapes or more than 250,000 parameters.
  package static func parse(_ text: String) throws(WireFault) -> [(name: String, value: String)] {
    let bytes = Array(text.utf8)
    var parameters: [(name: String, value: String)] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.count
      defer { start = end + 1 }
      if end == start { continue }
      guard parameters.count < mostParameters else { throw .serialization("The request has more than \(mostParameters) parameters.") }
      let equals = bytes[start..<end].firstIndex(of: UInt8(ascii: "=")) ?? end
      parameters.append((try self.text(bytes[start..<equals]), equals < end ? try self.text(bytes[(equals + 1)..<end]) : ""))
    }
    return parameters
  }

  private static func text(_ bytes: ArraySlice<UInt8>) throws(WireFault) -> String {
    // Most names and values have nothing in them that is written otherwise.
    let isPlain = !bytes.contains { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }
    let text = String(decoding: bytes, as: UTF8.self)
    return isPlain ? text : try PercentCoding.decode(text[...], plusIsSpace: true)
  }

  /// The document that flat parameters describe: `A.member.1.B=x` is `{"A": [{"B": "x"}]}`, `M.entry.1.key=k&M.entry.1.value=v` is
  /// `{"M": {"k": "v"}}`. Values stay text. Source: Smithy 2.0, "AWS query protocol".
  package static func document(_ parameters: [(name: String, value: String)]) throws(WireFault) -> JSONValue {
    let root = FormNode()
    // The parameter before: the next mostly stands beside it, so that only the ends of names are looked at.
    var before: [UInt8] = []
    var nodes = [root]
    var ends = [0]
    for (name, value) in parameters where name != "Action" && name != "Version" {
      let bytes = Array(name.utf8)
      var common = 0
      while common < min(bytes.count, before.count), bytes[common] == before[common] { common += 1 }
      while ends.count > 1, ends[ends.count - 1] > common {
        nodes.removeLast()
        ends.removeLast()
      }
      var start = ends[ends.count - 1]
      while start < bytes.count {
        let end = bytes[start...].firstIndex(of: UInt8(ascii: ".")) ?? bytes.count
        defer { start = end + 1 }
        if end == start { continue }
        guard nodes.count <= 64 else { throw .serialization("The parameter \(name.prefix(100)) is nested too deeply.") }
        nodes.append(nodes[nodes.count - 1].child(String(decoding: bytes[start..<end], as: UTF8.self)))
        ends.append(end + 1)
      }
      nodes[nodes.count - 1].text = value
      before = bytes
    }
    return root.value
  }
}

/// A level of nested parameters.
private final class FormNode {
  var text: String?
  private var names: [String] = []
  private var nodes: [FormNode] = []
  /// Places of the names, kept once there are more than a few.
  private var places: [String: Int] = [:]
  private static let few = 12

  func child(_ name: String) -> FormNode {
    // What was asked for last is asked for again most often.
    let known = names.count > Self.few ? places[name] : names.lastIndex(of: name)
    if let known { return nodes[known] }
    let child = FormNode()
    names.append(name)
    nodes.append(child)
    if names.count == Self.few + 1 {
      for (place, name) in names.enumerated() { places[name] = place }
    } else if names.count > Self.few {
      places[name] = names.count - 1
    }
    return child
  }

  var value: JSONValue {
    if nodes.isEmpty { return .string(text ?? "") }
    if nodes.count == 1, let only = nodes.first, let elements = only.elements {
      switch names[0] {
      case "member", "item": return .array(elements)
      case "entry": return Self.map(elements) ?? .array(elements)
      default: break
      }
    }
    // Lists and maps written without an element around them.
    if let elements { return Self.map(elements) ?? .array(elements) }
    var members: [JSONObject.Member] = []
    members.reserveCapacity(names.count)
    for (name, node) in zip(names, nodes) { members.append(.init(key: name, value: node.value)) }
    return .object(JSONObject(distinct: members))
  }

  /// The elements in the order of their numbers; nil when this is no list.
  private var elements: [JSONValue]? {
    if names.isEmpty { return nil }
    var numbered: [(number: Int, node: FormNode)] = []
    numbered.reserveCapacity(names.count)
    var isInOrder = true
    for (name, node) in zip(names, nodes) {
      guard let number = Int(name), number > 0 else { return nil }
      if let last = numbered.last, last.number > number { isInOrder = false }
      numbered.append((number, node))
    }
    if !isInOrder { numbered.sort { $0.number < $1.number } }
    return numbered.map(\.node.value)
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
