import Time

extension Timestamp: JSONConvertible {
  /// Reads what the protocols send: a number of seconds, ISO 8601 text, or the marked form of CBOR.
  public init(json: JSONValue, dialect: JSONDialect) throws {
    if let seconds = json["$timestamp"]?.double ?? json.double, seconds.isFinite {
      self.init(epochSeconds: seconds)
    } else if case .string(let text) = json, let instant = Timestamp(iso8601: text) {
      self = instant
    } else if case .string(let text) = json, let seconds = Double(text), seconds.isFinite {
      self.init(epochSeconds: seconds)
    } else {
      throw JSONCodecError(.mismatch(expected: "Timestamp", found: json), at: nil)
    }
  }

  public func json(_ dialect: JSONDialect) -> JSONValue {
    switch dialect {
    case .json: microseconds % 1_000_000 == 0 ? .int(seconds) : .double(epochSeconds)
    case .cbor: ["$timestamp": .double(epochSeconds)]
    case .text: .string(iso8601(.milliseconds))
    }
  }
}
