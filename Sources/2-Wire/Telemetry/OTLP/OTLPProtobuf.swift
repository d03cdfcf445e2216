import Protobuf

/// Reads requests in the protobuf encoding. Source: opentelemetry-proto 1.9, collector/metrics and collector/logs.
package enum OTLPProtobuf {
  /// An ExportMetricsServiceRequest.
  package static func metrics(_ bytes: [UInt8]) throws(ProtobufError) -> [OTLPMetrics] {
    var found: [OTLPMetrics] = []
    var request = ProtobufReader(bytes)
    while let field = try request.next() {
      guard field.number == 1 else { continue }
      try eachScope(try field.message()) { (origin, reader) throws(ProtobufError) in
        var part = OTLPMetrics()
        part.origin = origin
        var reader = reader
        while let field = try reader.next() {
          if field.number == 2 { part.metrics.append(try metric(try field.message())) }
        }
        found.append(part)
      }
    }
    return found
  }

  /// An ExportLogsServiceRequest.
  package static func logs(_ bytes: [UInt8]) throws(ProtobufError) -> [OTLPLogs] {
    var found: [OTLPLogs] = []
    var request = ProtobufReader(bytes)
    while let field = try request.next() {
      guard field.number == 1 else { continue }
      try eachScope(try field.message()) { (origin, reader) throws(ProtobufError) in
        var part = OTLPLogs()
        part.origin = origin
        var reader = reader
        while let field = try reader.next() {
          if field.number == 2 { part.records.append(try record(try field.message())) }
        }
        found.append(part)
      }
    }
    return found
  }

  /// Walks through ResourceMetrics or ResourceLogs. The resource and scope may stand after what they belong to.
  private static func eachScope(
    _ reader: ProtobufReader, _ body: (OTLPOrigin, ProtobufReader) throws(ProtobufError) -> Void
  ) throws(ProtobufError) {
    var origin = OTLPOrigin()
    var scopes: [ProtobufReader] = []
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 1:
        var resource = try field.message()
        while let field = try resource.next() {
          if field.number == 1 { origin.resource.append(try attribute(try field.message(), depth: 0)) }
        }
      case 2: scopes.append(try field.message())
      default: continue
      }
    }
    for scope in scopes {
      var one = origin
      var fields = scope
      while let field = try fields.next() {
        if field.number == 1 { try read(scope: try field.message(), into: &one) }
      }
      try body(one, scope)
    }
  }

  private static func read(scope: ProtobufReader, into origin: inout OTLPOrigin) throws(ProtobufError) {
    var scope = scope
    while let field = try scope.next() {
      switch field.number {
      case 1: origin.scope = try field.text()
      case 2: origin.scopeVersion = try field.text()
      case 3: origin.scopeAttributes.append(try attribute(try field.message(), depth: 0))
      default: continue
      }
    }
  }

  static func attribute(_ reader: ProtobufReader, depth: Int) throws(ProtobufError) -> OTLPAttribute {
    var attribute = OTLPAttribute("", .empty)
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 1: attribute.key = try field.text()
      case 2: attribute.value = try value(try field.message(), depth: depth + 1)
      default: continue
      }
    }
    return attribute
  }

  static func value(_ reader: ProtobufReader, depth: Int) throws(ProtobufError) -> OTLPValue {
    guard depth <= OTLPLimits.deepestValue else { throw ProtobufError("A value is nested more than \(OTLPLimits.deepestValue) deep.") }
    var value = OTLPValue.empty
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 1: value = .text(try field.text())
      case 2: value = .bool(try field.bool())
      case 3: value = .int(try field.signed())
      case 4: value = .double(try field.double())
      case 5:
        var elements: [OTLPValue] = []
        var list = try field.message()
        while let field = try list.next() {
          if field.number == 1 { elements.append(try self.value(try field.message(), depth: depth + 1)) }
        }
        value = .array(elements)
      case 6:
        var members: [OTLPAttribute] = []
        var list = try field.message()
        while let field = try list.next() {
          if field.number == 1 { members.append(try attribute(try field.message(), depth: depth + 1)) }
        }
        value = .map(members)
      case 7: value = .data(Array(try field.data()))
      default: continue
      }
    }
    return value
  }

  private static func record(_ reader: ProtobufReader) throws(ProtobufError) -> OTLPLogRecord {
    var record = OTLPLogRecord()
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 1: record.time = try field.unsigned()
      case 2: record.severity = try field.signed()
      case 3: record.severityText = try field.text()
      case 5: record.body = try value(try field.message(), depth: 0)
      case 6: record.attributes.append(try attribute(try field.message(), depth: 0))
      case 7: record.droppedAttributes = try field.unsigned()
      case 8: record.flags = try field.unsigned()
      case 9: record.trace = Array(try field.data())
      case 10: record.span = Array(try field.data())
      case 11: record.observed = try field.unsigned()
      case 12: record.eventName = try field.text()
      default: continue
      }
    }
    return record
  }
}
