/// Finds a member of a JSON object without decoding it.
enum JSONMemberSearch {
  /// Where the value of the member of the outermost object stands; nil when there is none or the text is no JSON so far. What the value is
  /// made of is not looked at, beyond texts and the balance of brackets.
  static func range(of member: String, in body: [UInt8]) -> Range<Int>? {
    let wanted = Array(member.utf8)
    return body.withUnsafeBufferPointer { bytes in
      var cursor = Cursor(bytes: bytes)
      cursor.skipSpace()
      guard cursor.take(UInt8(ascii: "{")) else { return nil }
      while true {
        cursor.skipSpace()
        guard let name = cursor.text() else { return nil }
        cursor.skipSpace()
        guard cursor.take(UInt8(ascii: ":")) else { return nil }
        cursor.skipSpace()
        let start = cursor.position
        guard cursor.skipValue() else { return nil }
        if bytes[name].elementsEqual(wanted) { return start..<cursor.position }
        cursor.skipSpace()
        guard cursor.take(UInt8(ascii: ",")) else { return nil }
      }
    }
  }

  private struct Cursor {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    mutating func skipSpace() {
      while position < bytes.count, [32, 9, 10, 13].contains(bytes[position]) { position += 1 }
    }

    mutating func take(_ byte: UInt8) -> Bool {
      guard position < bytes.count, bytes[position] == byte else { return false }
      position += 1
      return true
    }

    /// A text; where its contents stand.
    mutating func text() -> Range<Int>? {
      guard take(UInt8(ascii: "\"")) else { return nil }
      let start = position
      while position < bytes.count {
        switch bytes[position] {
        case UInt8(ascii: "\""):
          position += 1
          return start..<position - 1
        case UInt8(ascii: "\\"): position += 2
        default: position += 1
        }
      }
      return nil
    }

    mutating func skipValue() -> Bool {
      var depth = 0
      while position < bytes.count {
        switch bytes[position] {
        case UInt8(ascii: "\""):
          guard text() != nil else { return false }
        case UInt8(ascii: "{"), UInt8(ascii: "["):
          depth += 1
          position += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          if depth == 0 { return true }
          depth -= 1
          position += 1
        case UInt8(ascii: ","):
          if depth == 0 { return true }
          position += 1
        default: position += 1
        }
        if depth == 0, position < bytes.count,
          bytes[position - 1] == UInt8(ascii: "\"") || bytes[position - 1] == UInt8(ascii: "}")
            || bytes[position - 1] == UInt8(ascii: "]")
        {
          return true
        }
      }
      return depth == 0 && position > 0
    }
  }
}
