import JSON

/// Reads `States.Name(argument, ...)`: arguments are paths, literals ('text', 1.5, true, null) and calls.
struct IntrinsicParser {
  var cursor: Cursor

  init(_ text: String) { cursor = Cursor(text) }

  mutating func whole() throws(JSONPathSyntaxError) -> IntrinsicCall.Call {
    cursor.skipSpaces()
    let call = try call(1)
    cursor.skipSpaces()
    guard cursor.atEnd else { throw cursor.fault("Unexpected character") }
    return call
  }

  private mutating func call(_ depth: Int) throws(JSONPathSyntaxError) -> IntrinsicCall.Call {
    guard depth <= IntrinsicCall.nesting else { throw cursor.fault("Intrinsic functions are nested too deeply") }
    let start = cursor.position
    while let byte = cursor.current, Self.isNameByte(byte) { cursor.position += 1 }
    guard let function = IntrinsicFunction(rawValue: cursor.text(start..<cursor.position)) else {
      throw JSONPathSyntaxError(offset: start, message: "Unknown intrinsic function")
    }
    cursor.skipSpaces()
    try cursor.expect(UInt8(ascii: "("))
    var arguments: [IntrinsicCall.Argument] = []
    cursor.skipSpaces()
    if !cursor.take(UInt8(ascii: ")")) {
      repeat {
        cursor.skipSpaces()
        arguments.append(try argument(depth, in: function))
        cursor.skipSpaces()
      } while cursor.take(UInt8(ascii: ","))
      try cursor.expect(UInt8(ascii: ")"))
    }
    guard function.arity.contains(arguments.count) else {
      throw JSONPathSyntaxError(offset: start, message: "Wrong number of arguments for \(function.rawValue)")
    }
    return IntrinsicCall.Call(function: function, arguments: arguments)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte == UInt8(ascii: ".")
  }

  private mutating func argument(_ depth: Int, in function: IntrinsicFunction) throws(JSONPathSyntaxError) -> IntrinsicCall.Argument {
    switch cursor.current {
    case UInt8(ascii: "'"): return .literal(.string(try literal(keepingBraceEscapes: function == .format)))
    case UInt8(ascii: "$"): return .path(try path())
    case UInt8(ascii: "S"): return .call(try call(depth + 1))
    default:
      if takeWord("true") { return .literal(.bool(true)) }
      if takeWord("false") { return .literal(.bool(false)) }
      if takeWord("null") { return .literal(.null) }
      guard let range = cursor.number(), let value = try? JSONValue(parsing: cursor.text(range)) else {
        throw cursor.fault("Expected an argument")
      }
      return .literal(value)
    }
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    let start = cursor.position
    guard cursor.take(word) else { return false }
    if let byte = cursor.current, Self.isNameByte(byte) {
      cursor.position = start
      return false
    }
    return true
  }

  /// A text between single quotes. `\'`, `\\`, `\{` and `\}` stand for the character itself; any other backslash stays.
  private mutating func literal(keepingBraceEscapes: Bool) throws(JSONPathSyntaxError) -> String {
    cursor.position += 1
    var text: [UInt8] = []
    while let byte = cursor.current {
      cursor.position += 1
      if byte == UInt8(ascii: "'") { return String(decoding: text, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\"), let next = cursor.current else {
        text.append(byte)
        continue
      }
      switch next {
      case UInt8(ascii: "'"):
        text.append(next)
        cursor.position += 1
      case UInt8(ascii: "\\") where !keepingBraceEscapes:
        text.append(next)
        cursor.position += 1
      case UInt8(ascii: "{"), UInt8(ascii: "}"):
        if keepingBraceEscapes { text.append(byte) }
        text.append(next)
        cursor.position += 1
      case UInt8(ascii: "\\"):
        text += [byte, next]
        cursor.position += 1
      default: text.append(byte)
      }
    }
    throw cursor.fault("Text has not been closed - missing closing '")
  }

  /// A path up to the comma or parenthesis that ends the argument; brackets and quotes inside it are skipped over.
  private mutating func path() throws(JSONPathSyntaxError) -> QueryExpression {
    let start = cursor.position
    var brackets = 0
    var parentheses = 0
    var quote: UInt8?
    scan: while let byte = cursor.current {
      if let open = quote {
        if byte == UInt8(ascii: "\\") { cursor.position += 1 } else if byte == open { quote = nil }
      } else {
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): quote = byte
        case UInt8(ascii: "["): brackets += 1
        case UInt8(ascii: "]"): brackets -= 1
        case UInt8(ascii: "("): parentheses += 1
        case UInt8(ascii: ")") where parentheses > 0: parentheses -= 1
        case UInt8(ascii: ","), UInt8(ascii: ")"): if brackets == 0 { break scan }
        default: break
        }
      }
      cursor.position += 1
    }
    cursor.position = min(cursor.position, cursor.bytes.count)
    var end = cursor.position
    while end > start, cursor.bytes[end - 1] == 0x20 { end -= 1 }
    do throws(JSONPathSyntaxError) {
      return try QueryExpression(cursor.text(start..<end))
    } catch {
      throw JSONPathSyntaxError(offset: start + error.offset, message: error.message)
    }
  }
}
