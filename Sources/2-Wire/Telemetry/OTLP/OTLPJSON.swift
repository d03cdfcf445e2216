import JSON

/// Reads requests in the JSON encoding: protobuf's JSON, but identifiers in hexadecimal and enumerations as numbers.
///
/// Source: OpenTelemetry Protocol 1.9, "JSON Protobuf Encoding". Members that are not known are skipped; enumerations by name, 64-bit
/// numbers as numbers and snake_case names are taken too, as protobuf's own readers do.
package enum OTLPJSON {
  package static func metrics(_ document: JSONValue) throws(OTLPError) -> [OTLPMetrics] {
    var found: [OTLPMetrics] = []
    for resource in try list(document, "resourceMetrics") {
      for scope in try list(resource, "scopeMetrics") {
        var part = OTLPMetrics()
        part.origin = try origin(resource, scope)
        for entry in try list(scope, "metrics") { part.metrics.append(try metric(entry)) }
        found.append(part)
      }
    }
    return found
  }

  package static func logs(_ document: JSONValue) throws(OTLPError) -> [OTLPLogs] {
    var found: [OTLPLogs] = []
    for resource in try list(document, "resourceLogs") {
      for scope in try list(resource, "scopeLogs") {
        var part = OTLPLogs()
        part.origin = try origin(resource, scope)
        for entry in try list(scope, "logRecords") { part.records.append(try record(entry)) }
        found.append(part)
      }
    }
    return found
  }

  private static func origin(_ resource: JSONValue, _ scope: JSONValue) throws(OTLPError) -> OTLPOrigin {
    var origin = OTLPOrigin()
    if let given = member(resource, "resource") { origin.resource = try attributes(given) }
    guard let given = member(scope, "scope") else { return origin }
    origin.scope = try text(given, "name")
    origin.scopeVersion = try text(given, "version")
    origin.scopeAttributes = try attributes(given)
    return origin
  }

  // MARK: Members

  /// The member by its name in lowerCamelCase or snake_case; nil when absent or null.
  static func member(_ object: JSONValue, _ name: String) -> JSONValue? {
    let found = object[name] ?? object[snake(name)]
    return found?.isNull == true ? nil : found
  }

  private static func snake(_ name: String) -> String {
    var text = ""
    for character in name {
      if character.isUppercase {
        text += "_" + character.lowercased()
      } else {
        text.append(character)
      }
    }
    return text
  }

  static func list(_ object: JSONValue, _ name: String) throws(OTLPError) -> [JSONValue] {
    guard object.object != nil else { throw OTLPError("An object was expected around '\(name)'.") }
    guard let found = member(object, name) else { return [] }
    guard let elements = found.array else { throw OTLPError("'\(name)' must be an array.") }
    return elements
  }

  static func text(_ object: JSONValue, _ name: String) throws(OTLPError) -> String {
    guard let found = member(object, name) else { return "" }
    guard let text = found.string else { throw OTLPError("'\(name)' must be a string.") }
    return text
  }

  /// A 64-bit number, as a string or a number; 0 when absent.
  static func unsigned(_ object: JSONValue, _ name: String) throws(OTLPError) -> UInt64 {
    guard let found = member(object, name) else { return 0 }
    return try word(found, name)
  }

  static func word(_ value: JSONValue, _ name: String) throws(OTLPError) -> UInt64 {
    switch value {
    case .string(let text), .bigInteger(let text): if let number = UInt64(text) { return number }
    default: if let number = value.int, number >= 0 { return UInt64(number) }
    }
    throw OTLPError("'\(name)' must be a number from 0 to 18446744073709551615.")
  }

  static func signed(_ value: JSONValue, _ name: String) throws(OTLPError) -> Int64 {
    if let text = value.string, let number = Int64(text) { return number }
    if let number = value.int { return number }
    throw OTLPError("'\(name)' must be a 64-bit number.")
  }

  /// Also "NaN", "Infinity" and "-Infinity"; nil when absent.
  static func double(_ object: JSONValue, _ name: String) throws(OTLPError) -> Double? {
    try member(object, name).map { (value) throws(OTLPError) in try double(value, name) }
  }

  static func double(_ value: JSONValue, _ name: String) throws(OTLPError) -> Double {
    if let number = value.double { return number }
    if let text = value.string {
      if text == "NaN" { return .nan }
      if let number = Double(text) { return number }
    }
    throw OTLPError("'\(name)' must be a number.")
  }

  // MARK: Values

  static func attributes(_ object: JSONValue) throws(OTLPError) -> [OTLPAttribute] {
    try list(object, "attributes").map { (entry) throws(OTLPError) in try attribute(entry, depth: 0) }
  }

  private static func attribute(_ entry: JSONValue, depth: Int) throws(OTLPError) -> OTLPAttribute {
    OTLPAttribute(
      try text(entry, "key"),
      try member(entry, "value").map { (value) throws(OTLPError) in try Self.value(value, depth: depth + 1) } ?? .empty)
  }

  static func value(_ value: JSONValue, depth: Int) throws(OTLPError) -> OTLPValue {
    guard depth <= OTLPLimits.deepestValue else { throw OTLPError("A value is nested more than \(OTLPLimits.deepestValue) deep.") }
    guard value.object != nil else { throw OTLPError("A value must be an object such as {\"stringValue\": \"...\"}.") }
    if let found = member(value, "stringValue") {
      guard let text = found.string else { throw OTLPError("'stringValue' must be a string.") }
      return .text(text)
    }
    if let found = member(value, "boolValue") {
      guard let flag = found.bool else { throw OTLPError("'boolValue' must be true or false.") }
      return .bool(flag)
    }
    if let found = member(value, "intValue") { return .int(try signed(found, "intValue")) }
    if let found = member(value, "doubleValue") { return .double(try double(found, "doubleValue")) }
    if let found = member(value, "arrayValue") {
      return .array(try list(found, "values").map { (entry) throws(OTLPError) in try Self.value(entry, depth: depth + 1) })
    }
    if let found = member(value, "kvlistValue") {
      return .map(try list(found, "values").map { (entry) throws(OTLPError) in try attribute(entry, depth: depth + 1) })
    }
    if let found = member(value, "bytesValue") {
      guard let data = found.string.flatMap({ Base64.decode($0) }) else { throw OTLPError("'bytesValue' must be base64.") }
      return .data(data)
    }
    return .empty
  }

  private static func record(_ entry: JSONValue) throws(OTLPError) -> OTLPLogRecord {
    var record = OTLPLogRecord()
    record.time = try unsigned(entry, "timeUnixNano")
    record.observed = try unsigned(entry, "observedTimeUnixNano")
    if let number = member(entry, "severityNumber") {
      if let name = number.string {
        record.severity = OTLPSeverity.number(name)
      } else {
        record.severity = try signed(number, "severityNumber")
      }
    }
    record.severityText = try text(entry, "severityText")
    if let body = member(entry, "body") { record.body = try value(body, depth: 0) }
    record.attributes = try attributes(entry)
    record.droppedAttributes = try unsigned(entry, "droppedAttributesCount")
    record.flags = try unsigned(entry, "flags")
    record.trace = try Hexadecimal.decode(try text(entry, "traceId"), "traceId")
    record.span = try Hexadecimal.decode(try text(entry, "spanId"), "spanId")
    record.eventName = try text(entry, "eventName")
    return record
  }
}
