import FoundationEssentials

/// Bytes that are base64 text in JSON.
public struct Blob: Sendable, Hashable, Codable {
  public var bytes: [UInt8]
  public init(_ bytes: [UInt8]) { self.bytes = bytes }
}

extension Blob: JSONConvertible {
  public init(json: JSONValue, dialect: JSONDialect) throws {
    guard let text = json["$blob"]?.string ?? json.string, let data = Data(base64Encoded: text) else {
      throw JSONCodecError(.mismatch(expected: "Blob", found: json), at: nil)
    }
    self.bytes = Array(data)
  }

  public func json(_ dialect: JSONDialect) -> JSONValue {
    let text = Data(bytes).base64EncodedString()
    return dialect == .cbor ? ["$blob": .string(text)] : .string(text)
  }
}
