#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Walks over JSON text without building anything. Forgiving: what is no JSON ends the walk.
struct JSONScan {
  let bytes: UnsafePointer<UInt8>
  let end: Int

  init(_ text: Text) {
    bytes = text.start
    end = text.count
  }

  @inline(__always)
  func skipSpace(_ start: Int) -> Int {
    var position = start
    while position < end, bytes[position] <= 0x20 { position &+= 1 }
    return position
  }

  /// The position of the quotation mark that ends a string whose content begins at `start`, and whether there are escapes in it.
  @inline(__always)
  func string(_ start: Int) -> (end: Int, escaped: Bool)? {
    var position = start
    var escaped = false
    let raw = UnsafeRawPointer(bytes)
    while true {
      // Eight bytes at once until there is a quotation mark or a backslash among them.
      while position &+ 8 <= end {
        let word = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        let found = Self.zeros(word ^ 0x2222_2222_2222_2222) | Self.zeros(word ^ 0x5C5C_5C5C_5C5C_5C5C)
        if found != 0 {
          position &+= found.trailingZeroBitCount >> 3
          break
        }
        position &+= 8
      }
      guard position < end else { return nil }
      switch bytes[position] {
      case UInt8(ascii: "\""): return (position, escaped)
      case UInt8(ascii: "\\"):
        escaped = true
        position &+= 2
      default: position &+= 1
      }
    }
  }

  /// High bits where bytes are zero; those above the lowest may be wrong.
  @inline(__always)
  private static func zeros(_ word: UInt64) -> UInt64 {
    (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
  }

  /// The position after the value that begins at `start`, or nil.
  func skip(_ start: Int) -> Int? {
    guard start < end else { return nil }
    switch bytes[start] {
    case UInt8(ascii: "\""): return string(start &+ 1).map { $0.end &+ 1 }
    case UInt8(ascii: "{"), UInt8(ascii: "["): return skipNested(start)
    default: return primitive(start)
    }
  }

  @inline(__always)
  func primitive(_ start: Int) -> Int? {
    var position = start
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0...0x20: return position > start ? position : nil
      default: position &+= 1
      }
    }
    return position > start ? position : nil
  }

  private func skipNested(_ start: Int) -> Int? {
    var depth = 0
    var position = start
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth &+= 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth &-= 1
        if depth == 0 { return position &+ 1 }
      case UInt8(ascii: "\""):
        guard let close = string(position &+ 1) else { return nil }
        position = close.end
      default: break
      }
      position &+= 1
    }
    return nil
  }

  /// The value between two positions; null is missing.
  func value(_ start: Int, _ close: Int, _ arena: Arena) -> Value {
    switch bytes[start] {
    case UInt8(ascii: "\""):
      let content = Text(bytes + start + 1, max(0, close - start - 2))
      return .text(memchr(content.start, 0x5C, content.count) == nil ? content : JSONEscapes.decode(content, arena))
    case UInt8(ascii: "{"), UInt8(ascii: "["): return .json(Text(bytes + start, close - start))
    case UInt8(ascii: "t") where close - start == 4: return .bool(true)
    case UInt8(ascii: "f") where close - start == 5: return .bool(false)
    case UInt8(ascii: "n") where close - start == 4: return .missing
    default: return .text(Text(bytes + start, close - start))
    }
  }

  /// Calls with each element of the list at `start`: where it begins and ends.
  func elements(_ start: Int, _ body: (Int, Int, Int) -> Bool) {
    guard start < end, bytes[start] == UInt8(ascii: "[") else { return }
    var position = skipSpace(start + 1)
    var index = 0
    while position < end, bytes[position] != UInt8(ascii: "]"), let close = skip(position) {
      if !body(index, position, close) { return }
      index += 1
      position = skipSpace(close)
      guard position < end, bytes[position] == UInt8(ascii: ",") else { return }
      position = skipSpace(position + 1)
    }
  }

  /// Calls with each member of the map at `start`: its key's bounds, then its value's.
  func members(_ start: Int, _ body: (Int, Int, Int, Int) -> Bool) {
    guard start < end, bytes[start] == UInt8(ascii: "{") else { return }
    var position = skipSpace(start + 1)
    while position < end, bytes[position] == UInt8(ascii: "\""), let key = string(position + 1) {
      let keyStart = position + 1
      position = skipSpace(key.end + 1)
      guard position < end, bytes[position] == UInt8(ascii: ":") else { return }
      position = skipSpace(position + 1)
      guard let close = skip(position), body(keyStart, key.end, position, close) else { return }
      position = skipSpace(close)
      guard position < end, bytes[position] == UInt8(ascii: ",") else { return }
      position = skipSpace(position + 1)
    }
  }
}

/// Escapes of JSON strings.
enum JSONEscapes {
  static func decode(_ text: Text, _ arena: Arena) -> Text {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    var position = 0
    while position < text.count {
      let byte = text.start[position]
      guard byte == UInt8(ascii: "\\"), position + 1 < text.count else {
        out.append(byte)
        position += 1
        continue
      }
      position += 2
      switch text.start[position - 1] {
      case UInt8(ascii: "n"): out.append(0x0A)
      case UInt8(ascii: "t"): out.append(0x09)
      case UInt8(ascii: "r"): out.append(0x0D)
      case UInt8(ascii: "b"): out.append(0x08)
      case UInt8(ascii: "f"): out.append(0x0C)
      case UInt8(ascii: "u"): unicode(text, &position, &out)
      case let other: out.append(other)
      }
    }
    return arena.copy(out)
  }

  /// Reads four digits, and the second half of a pair.
  private static func unicode(_ text: Text, _ position: inout Int, _ out: inout [UInt8]) {
    guard var code = hexadecimal(text, position) else { return }
    position += 4
    if code >> 10 == 0x36, position + 1 < text.count, text.start[position] == UInt8(ascii: "\\"),
      text.start[position + 1] == UInt8(ascii: "u"),
      let low = hexadecimal(text, position + 2), low >> 10 == 0x37
    {
      position += 6
      code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
    }
    out += Array(String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
  }

  private static func hexadecimal(_ text: Text, _ start: Int) -> UInt32? {
    guard start + 4 <= text.count else { return nil }
    var code: UInt32 = 0
    for position in start..<(start + 4) {
      guard let digit = Character(Unicode.Scalar(text.start[position])).hexDigitValue else { return nil }
      code = code << 4 | UInt32(digit)
    }
    return code
  }
}
