import FoundationEssentials
import JSON

enum Base64 {
  static func decode(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }
  static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}

enum Hexadecimal {
  static func decode(_ text: String, _ name: String) throws(OTLPError) -> [UInt8] {
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { throw OTLPError("'\(name)' must be hexadecimal.") }
    var bytes: [UInt8] = []
    for place in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[place]), let low = value(digits[place + 1]) else { throw OTLPError("'\(name)' must be hexadecimal.") }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 48...57: digit - 48
    case 65...70: digit - 55
    case 97...102: digit - 87
    default: nil
    }
  }

  static func encode(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

enum OTLPSeverity {
  private static let names = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]

  /// The number of `SEVERITY_NUMBER_INFO2` and the like, or of digits; 0 for every other text.
  static func number(_ name: String) -> Int64 {
    if let number = Int64(name) { return number }
    let short = name.hasPrefix("SEVERITY_NUMBER_") ? name.dropFirst(16) : name[...]
    for (place, level) in names.enumerated() where short.hasPrefix(level) {
      let step = short.dropFirst(level.count)
      let offset = step.isEmpty ? 1 : Int64(step) ?? 0
      if (1...4).contains(offset) { return Int64(place) * 4 + offset }
    }
    return 0
  }
}

extension OTLPValue {
  /// As JSON writes it; numbers that JSON can not hold become texts.
  package var json: JSONValue {
    switch self {
    case .empty: .null
    case .text(let text): .string(text)
    case .bool(let flag): .bool(flag)
    case .int(let number): .int(number)
    case .double(let number): number.isFinite ? .double(number) : .string("\(number)")
    case .array(let elements): .array(elements.map(\.json))
    case .map(let members): .object(members.json)
    case .data(let bytes): .string(Base64.encode(bytes))
    }
  }

  /// As a dimension's value or a name: texts as they are, everything else as JSON.
  package var text: String {
    switch self {
    case .empty: ""
    case .text(let text): text
    default: json.text
    }
  }
}

extension [OTLPAttribute] {
  package var json: JSONObject {
    var object = JSONObject()
    for attribute in self { object[attribute.key] = attribute.value.json }
    return object
  }

  /// The attribute of that name.
  package subscript(_ key: String) -> OTLPValue? { first { $0.key == key }?.value }
}

extension OTLPLogRecord {
  /// The record as CloudWatch Logs keeps records that come by OTLP: one JSON object.
  package func document(_ origin: OTLPOrigin) -> JSONValue {
    var scope: JSONObject = ["name": .string(origin.scope)]
    if !origin.scopeVersion.isEmpty { scope["version"] = .string(origin.scopeVersion) }
    if !origin.scopeAttributes.isEmpty { scope["attributes"] = .object(origin.scopeAttributes.json) }
    var document: JSONObject = ["resource": ["attributes": .object(origin.resource.json)], "scope": .object(scope)]
    if time > 0 { document["timeUnixNano"] = Self.number(time) }
    if observed > 0 { document["observedTimeUnixNano"] = Self.number(observed) }
    if severity != 0 { document["severityNumber"] = .int(severity) }
    if !severityText.isEmpty { document["severityText"] = .string(severityText) }
    document["body"] = body.json
    if !attributes.isEmpty { document["attributes"] = .object(attributes.json) }
    if !eventName.isEmpty { document["eventName"] = .string(eventName) }
    if droppedAttributes > 0 { document["droppedAttributesCount"] = Self.number(droppedAttributes) }
    if flags > 0 { document["flags"] = Self.number(flags) }
    if !trace.isEmpty { document["traceId"] = .string(Hexadecimal.encode(trace)) }
    if !span.isEmpty { document["spanId"] = .string(Hexadecimal.encode(span)) }
    return .object(document)
  }

  private static func number(_ value: UInt64) -> JSONValue { Int64(exactly: value).map { .int($0) } ?? .bigInteger(String(value)) }
}
