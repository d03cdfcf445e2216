/// What a pattern's text is made of.
enum PatternToken {
  case startObject, endObject, startArray, endArray
  case name, string, number, boolean(Bool), null
  /// The text is over.
  case end

  var isNumber: Bool {
    if case .number = self { true } else { false }
  }
}

/// Reads the tokens of a pattern's text one after the other.
///
/// It stops where Jackson's reader stops, so that errors name the columns AWS names: a string is read past its opening quote
/// only until somebody asks for its text, and after a name the first character of its value (or the whole of a number,
/// `true`, `false` or `null`) is read as well.
struct PatternTokens {
  struct Nesting {
    var isObject: Bool
    /// Offset after the opening bracket.
    var start: Int
    var members = 0
  }

  /// Objects and arrays within each other. Jackson allows 1,000; a pattern has no use for it.
  static let deepest = 500

  let bytes: [UInt8]
  /// The next byte to read.
  var position = 0
  private(set) var current = PatternToken.end
  /// The name of the member being read.
  private(set) var name: [UInt8] = []
  /// The value after a name, already begun.
  private var upcoming: PatternToken?
  /// Whether `position` is inside a string.
  private var isInString = false
  private(set) var literalStart = 0
  private(set) var nesting: [Nesting] = []

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func next() throws(EventPatternError) -> PatternToken {
    if let value = upcoming {
      upcoming = nil
      current = value
      try enter(value)
      return value
    }
    if isInString {
      isInString = false
      _ = try readString(": was expecting closing quote for a string value")
    }
    guard let byte = try nextVisible() else {
      current = .end
      return .end
    }
    if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") {
      current = try leave(byte)
      return current
    }
    let first = try separated(byte)
    if nesting.last?.isObject == true {
      let valueStart = try readName(first)
      upcoming = try begin(valueStart)
      current = .name
      return .name
    }
    current = try begin(first)
    try enter(current)
    return current
  }

  /// The text of the current token; a string's without its quotes and escapes.
  mutating func text() throws(EventPatternError) -> [UInt8] {
    switch current {
    case .string:
      guard isInString else { return lastText }
      isInString = false
      lastText = try readString(": was expecting closing quote for a string value")
      return lastText
    case .number: return Array(bytes[literalStart..<position])
    case .name: return name
    case .startObject: return Array("{".utf8)
    case .endObject: return Array("}".utf8)
    case .startArray: return Array("[".utf8)
    case .endArray: return Array("]".utf8)
    case .boolean(let value): return Array(value ? "true".utf8 : "false".utf8)
    case .null: return Array("null".utf8)
    case .end: return []
    }
  }
  private var lastText: [UInt8] = []

  /// The error with this reason at the place reached.
  func failure(_ reason: String) -> EventPatternError {
    EventPatternError(reason: "\(reason)\n at \(SourceLocation(source: bytes, offset: position))", isOfReader: true)
  }

  private mutating func enter(_ token: PatternToken) throws(EventPatternError) {
    switch token {
    case .startObject: nesting.append(Nesting(isObject: true, start: position))
    case .startArray: nesting.append(Nesting(isObject: false, start: position))
    default: return
    }
    if nesting.count > Self.deepest {
      throw failure("Document nesting depth (\(nesting.count)) exceeds the maximum allowed (\(Self.deepest))")
    }
  }

  private mutating func leave(_ byte: UInt8) throws(EventPatternError) -> PatternToken {
    let closesObject = byte == UInt8(ascii: "}")
    guard let innermost = nesting.last, innermost.isObject == closesObject else { throw mismatched(byte) }
    nesting.removeLast()
    return closesObject ? .endObject : .endArray
  }

  /// Steps over the comma that must stand before any but the first member, element or document.
  private mutating func separated(_ byte: UInt8) throws(EventPatternError) -> UInt8 {
    guard let innermost = nesting.indices.last else { return byte }
    defer { nesting[innermost].members += 1 }
    guard nesting[innermost].members > 0 else { return byte }
    let kind = nesting[innermost].isObject ? "Object" : "Array"
    guard byte == UInt8(ascii: ",") else { throw unexpected(byte, "was expecting comma to separate \(kind) entries") }
    return try requireVisible(kind)
  }

  private mutating func begin(_ byte: UInt8) throws(EventPatternError) -> PatternToken {
    switch byte {
    case UInt8(ascii: "\""):
      isInString = true
      return .string
    case UInt8(ascii: "["): return .startArray
    case UInt8(ascii: "{"): return .startObject
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): return try readWord(byte)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      try readNumber(byte)
      return .number
    default: throw unexpectedValue(byte)
    }
  }

  private mutating func readName(_ byte: UInt8) throws(EventPatternError) -> UInt8 {
    guard byte == UInt8(ascii: "\"") else { throw unexpected(byte, "was expecting double-quote to start field name") }
    name = try readString(" in field name")
    let colon = try requireVisible("Object")
    guard colon == UInt8(ascii: ":") else { throw unexpected(colon, "was expecting a colon to separate field name and value") }
    return try requireVisible("Object")
  }

  mutating func startLiteral() { literalStart = position - 1 }
}
