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
    var parameters: [(name: String, value: String)] = []
    for part in text.split(separator: "&", omittingEmptySubsequences: true) {
      guard parameters.count < mostParameters else { throw .serialization("The request has more than \(mostParameters) parameters.") }
      let equals = part.firstIndex(of: "=")
      let name = try PercentCoding.decode(part[..<(equals ?? part.endIndex)], plusIsSpace: true)
      let value = try equals.map { index throws(WireFault) in try PercentCoding.decode(part[part.index(after: index)...], plusIsSpace: true)
      }
      parameters.append((name, value ?? ""))
    }
    return parameters
  }

  /// The document that flat parameters describe: `A.member.1.B=x` is `{"A": [{"B": "x"}]}`, `M.entry.1.key=k&M.entry.1.value=v` is
  /// `{"M": {"k": "v"}}`. Values stay text. Source: Smithy 2.0, "AWS query protocol".
  package static func document(_ parameters: [(name: String, value: String)]) throws(WireFault) -> JSONValue {
    let root = FormNode()
    // Where the parameter before stood: the next mostly stands beside it.
    var before: [Substring] = []
    var nodes = [root]
    for (name, value) in parameters where name != "Action" && name != "Version" {
      let steps = name.split(separator: ".")
      guard steps.count <= 64 else { throw .serialization("The parameter \(name.prefix(100)) is nested too deeply.") }
      var shared = 0
      while shared < min(steps.count, before.count), steps[shared] == before[shared] { shared += 1 }
      nodes.removeLast(nodes.count - 1 - shared)
      var node = nodes[shared]
      for step in steps[shared...] {
        node = node.child(String(step))
        nodes.append(node)
      }
      node.text = value
      before = steps
    }
    return root.value
  }
}

/// A level of nested parameters.
private final class FormNode {
  var text: String?
  private var names: [String] = []
  private var children: [String: FormNode] = [:]

  func child(_ name: String) -> FormNode {
    if let child = children[name] { return child }
    let child = FormNode()
    names.append(name)
    children[name] = child
    return child
  }

  var value: JSONValue {
    if children.isEmpty { return .string(text ?? "") }
    if names.count == 1, let only = children[names[0]], only.isList {
      switch names[0] {
      case "member", "item": return .array(only.elements)
      case "entry": return Self.map(only.elements) ?? .array(only.elements)
      default: break
      }
    }
    // Lists and maps written without an element around them.
    if isList { return Self.map(elements) ?? .array(elements) }
    var object = JSONObject()
    for name in names { object[name] = children[name]?.value }
    return .object(object)
  }

  private var isList: Bool { !names.isEmpty && names.allSatisfy { Int($0).map { $0 > 0 } ?? false } }

  private var elements: [JSONValue] {
    names.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }.compactMap { children[$0]?.value }
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
