import JSON

/// Answers of the query protocols. Source: Smithy 2.0, "AWS query protocol" and "AWS EC2 query protocol".
enum XMLAnswer {
  static func success(_ output: JSONValue, _ recognized: Recognized, _ hints: XMLHints, _ requestID: String) -> [UInt8] {
    var xml = XMLText(hints: hints, listElement: recognized.wireProtocol == .ec2Query ? "item" : "member")
    let name = recognized.operation
    xml.open("\(name)Response", namespace: recognized.service.xmlNamespace)
    if recognized.wireProtocol == .ec2Query {
      xml.leaf("requestId", requestID)
      xml.members(output.object ?? JSONObject(), lowerFirst: true)
    } else {
      xml.open("\(name)Result")
      xml.members(output.object ?? JSONObject(), lowerFirst: false)
      xml.close("\(name)Result")
      xml.open("ResponseMetadata")
      xml.leaf("RequestId", requestID)
      xml.close("ResponseMetadata")
    }
    xml.close("\(name)Response")
    return Array(xml.text.utf8)
  }

  static func fault(_ fault: WireFault, _ wireProtocol: WireProtocol, _ service: ServiceIdentity?, _ requestID: String) -> [UInt8] {
    var xml = XMLText(hints: XMLHints(), listElement: "member")
    let code = fault.queryCode ?? fault.code
    if wireProtocol == .ec2Query {
      xml.open("Response")
      xml.open("Errors")
      xml.open("Error")
      xml.leaf("Code", code)
      xml.leaf("Message", fault.message)
      xml.close("Error")
      xml.close("Errors")
      xml.leaf("RequestID", requestID)
      xml.close("Response")
    } else {
      xml.open("ErrorResponse", namespace: service?.xmlNamespace ?? "")
      xml.open("Error")
      xml.leaf("Type", fault.status < 500 ? "Sender" : "Receiver")
      xml.leaf("Code", code)
      xml.leaf("Message", fault.message)
      for (name, value) in fault.fields { xml.member(name, value) }
      xml.close("Error")
      xml.leaf("RequestId", requestID)
      xml.close("ErrorResponse")
    }
    return Array(xml.text.utf8)
  }
}

/// XML being written.
private struct XMLText {
  var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
  let hints: XMLHints
  let listElement: String

  mutating func open(_ name: String, namespace: String = "") {
    text += namespace.isEmpty ? "<\(name)>" : "<\(name) xmlns=\"\(Self.escaped(namespace))\">"
  }
  mutating func close(_ name: String) { text += "</\(name)>" }
  mutating func leaf(_ name: String, _ value: String) { text += "<\(name)>\(Self.escaped(value))</\(name)>" }

  mutating func members(_ object: JSONObject, lowerFirst: Bool) {
    for (name, value) in object {
      member(lowerFirst ? (name.first.map { $0.lowercased() + name.dropFirst() } ?? name) : name, value)
    }
  }

  mutating func member(_ name: String, _ value: JSONValue) {
    let flat = hints.flattened[name]
    switch value {
    case .null: break
    case .array(let elements):
      if flat == nil { open(name) }
      for element in elements { member(flat ?? listElement, element) }
      if flat == nil { close(name) }
    case .object(let object) where hints.maps.contains(name):
      if flat == nil { open(name) }
      for (key, value) in object {
        open(flat ?? "entry")
        leaf(flat == nil ? "key" : "Name", key)
        member(flat == nil ? "value" : "Value", value)
        close(flat ?? "entry")
      }
      if flat == nil { close(name) }
    case .object(let object):
      open(name)
      members(object, lowerFirst: false)
      close(name)
    case .string(let string): leaf(name, string)
    case .bool(let bool): leaf(name, bool ? "true" : "false")
    case .int, .double, .bigInteger: leaf(name, value.text)
    }
  }

  /// Escapes what XML can not hold as it is; control characters that XML 1.0 forbids become the replacement character.
  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 32 || $0 == 38 || $0 == 60 || $0 == 62 || $0 == 34 }) else { return text }
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 38: escaped += "&amp;"
      case 60: escaped += "&lt;"
      case 62: escaped += "&gt;"
      case 34: escaped += "&quot;"
      case 9, 10: escaped.unicodeScalars.append(scalar)
      case 13: escaped += "&#xD;"
      case 0..<32: escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
