/// A filter pattern of CloudWatch Logs: what metric filters, subscription filters, FilterLogEvents and live tail select log
/// events with.
///
/// Three languages in one, told apart by the first character:
/// - terms, `ERROR -"bad request" ?a ?b %re[gx]%`, found anywhere in the message;
/// - `{ $.latency > 500 && $.user.name = "a*" }` on messages that are JSON objects;
/// - `[ip, user, ..., status = 4*, bytes]` on messages of columns separated by white space.
///
/// The empty pattern matches every message. All is case-sensitive and takes time linear in the length of the message.
///
/// Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log events,
/// and Live Tail".
public struct FilterPattern: Sendable {
  public enum Kind: Sendable {
    case terms, json, columns
  }

  /// The pattern as written.
  public let text: String
  /// Regular expressions in it, which AWS allows 5 of per log group.
  public let regularExpressions: Int
  let filter: Filter

  enum Filter: Sendable {
    case terms(TermFilter)
    case json(JSONFilter)
    case columns(ColumnFilter)
  }

  public init(_ text: String, quotas: FilterPatternQuotas = .aws) throws(FilterPatternError) {
    var reader = PatternReader(text, quotas)
    reader.skipSpace()
    switch reader.peek {
    case UInt8(ascii: "{"): filter = .json(try reader.jsonFilter())
    case UInt8(ascii: "["): filter = .columns(try reader.columnFilter())
    default: filter = .terms(try reader.termFilter())
    }
    self.text = text
    regularExpressions = reader.regularExpressions
  }

  public var kind: Kind {
    switch filter {
    case .terms: .terms
    case .json: .json
    case .columns: .columns
    }
  }

  /// Whether a metric filter with this pattern may have dimensions: only fields of JSON or of columns can name them.
  public var supportsDimensions: Bool { kind != .terms }

  /// Whether the message, in UTF-8, is selected.
  public func matches(_ message: UnsafeBufferPointer<UInt8>) -> Bool {
    switch filter {
    case .terms(let filter): filter.matches(message)
    case .json(let filter): filter.matches(message)
    case .columns(let filter): filter.matches(message)
    }
  }

  public func matches(_ message: [UInt8]) -> Bool { message.withUnsafeBufferPointer { matches($0) } }

  public func matches(_ message: String) -> Bool {
    var message = message
    return message.withUTF8 { matches($0) }
  }

  /// What the pattern takes out of the message, or nil when it does not match.
  public func match(_ message: String) -> FilterMatch? {
    var message = message
    return message.withUTF8 { bytes in
      switch filter {
      case .terms(let filter): filter.matches(bytes) ? FilterMatch(source: .nothing, extractedValues: [:]) : nil
      case .json(let filter): filter.match(bytes)
      case .columns(let filter): filter.match(bytes)
      }
    }
  }
}

extension FilterPattern: Hashable {
  public static func == (left: FilterPattern, right: FilterPattern) -> Bool { left.text == right.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
