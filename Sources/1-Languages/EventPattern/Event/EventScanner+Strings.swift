extension EventScanner {
  typealias Text = (start: UnsafePointer<UInt8>, count: Int)

  /// Reads a string with its quotes. Its text is where the event has it, or elsewhere without its escapes.
  @inline(__always)
  mutating func readString(into event: EventFields) -> Text? {
    guard take(UInt8(ascii: "\"")) else { return nil }
    let text = next
    guard findQuoteOrEscape() else { return nil }
    if next.pointee == UInt8(ascii: "\"") {
      defer { next += 1 }
      return (text, next - text)
    }
    return readEscaped(from: text, into: event)
  }

  /// Reads a string that has escapes, again from its beginning.
  private mutating func readEscaped(from text: UnsafePointer<UInt8>, into event: EventFields) -> Text? {
    guard skipToQuote() else { return nil }
    let close = next - 1
    let room = event.room(for: close - text, inEventOf: end - start)
    var from = text
    var to = room
    while from < close {
      if from.pointee != UInt8(ascii: "\\") {
        to.pointee = from.pointee
        from += 1
        to += 1
      } else {
        guard let count = Self.unescape(&from, close, to) else { return nil }
        to += count
      }
    }
    return (UnsafePointer(room), to - room)
  }

  /// Resolves one escape. Returns the bytes written, which are no more than the escape has, or nil when there is no such escape.
  private static func unescape(
    _ from: inout UnsafePointer<UInt8>, _ close: UnsafePointer<UInt8>, _ to: UnsafeMutablePointer<UInt8>
  ) -> Int? {
    guard close - from >= 2 else { return nil }
    let letter = from[1]
    from += 2
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): to.pointee = letter
    case UInt8(ascii: "b"): to.pointee = 8
    case UInt8(ascii: "t"): to.pointee = 9
    case UInt8(ascii: "n"): to.pointee = 10
    case UInt8(ascii: "f"): to.pointee = 12
    case UInt8(ascii: "r"): to.pointee = 13
    case UInt8(ascii: "u"):
      guard var unit = hex(from, close) else { return nil }
      from += 4
      if unit & 0xFC00 == 0xD800, close - from >= 6, from[0] == UInt8(ascii: "\\"), from[1] == UInt8(ascii: "u"),
        let low = hex(from + 2, close), low & 0xFC00 == 0xDC00
      {
        unit = 0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF
        from += 6
      }
      // Half a surrogate pair is no character.
      var count = 0
      for byte in UTF8.encode(Unicode.Scalar(unit) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter {
        to[count] = byte
        count += 1
      }
      return count
    default: return nil
    }
    return 1
  }

  private static func hex(_ from: UnsafePointer<UInt8>, _ close: UnsafePointer<UInt8>) -> UInt32? {
    guard close - from >= 4 else { return nil }
    var value: UInt32 = 0
    for index in 0..<4 {
      let digit = Address.hexDigit(from[index])
      guard digit < 16 else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
