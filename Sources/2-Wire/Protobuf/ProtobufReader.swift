/// What is wrong with a protocol buffer, in one sentence.
package struct ProtobufError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// Reads the fields of a message in the order in which they come; nothing is copied before it is asked for.
///
/// Groups, which nobody has written since 2008, are refused. Source: Protocol Buffers, "Encoding".
package struct ProtobufReader {
  /// How many messages a document may still have: a message may take two bytes, and much more once it is read.
  fileprivate final class Budget {
    var left: Int
    init(_ left: Int) { self.left = left }
  }
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int
  private let budget: Budget

  /// - Parameter mostMessages: messages inside each other and one after the other, all together.
  package init(_ bytes: [UInt8], mostMessages: Int = 1_000_000) {
    self.bytes = bytes
    position = 0
    end = bytes.count
    budget = Budget(mostMessages)
  }

  private init(_ bytes: [UInt8], _ range: Range<Int>, _ budget: Budget) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
    self.budget = budget
  }

  /// A field's content as the wire has it.
  package struct Field {
    package enum Content {
      case varint(UInt64)
      case fixed64(UInt64)
      case fixed32(UInt32)
      case bytes(Range<Int>)
    }
    package let number: Int
    package let content: Content
    fileprivate let source: [UInt8]
    fileprivate let budget: Budget

    fileprivate init(_ number: Int, _ content: Content, _ source: [UInt8], _ budget: Budget) {
      self.number = number
      self.content = content
      self.source = source
      self.budget = budget
    }
  }

  /// The next field, or nil at the end. Throws for whatever is no field.
  package mutating func next() throws(ProtobufError) -> Field? {
    guard position < end else { return nil }
    let tag = try varint()
    guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw ProtobufError("A field has the number \(tag >> 3).") }
    let number = Int(tag >> 3)
    switch tag & 7 {
    case 0: return Field(number, .varint(try varint()), bytes, budget)
    case 1: return Field(number, .fixed64(try fixed(UInt64.self)), bytes, budget)
    case 2:
      let length = try varint()
      guard length <= UInt64(end - position) else { throw ProtobufError("Field \(number) is longer than its message.") }
      let range = position..<(position + Int(length))
      position = range.upperBound
      return Field(number, .bytes(range), bytes, budget)
    case 5: return Field(number, .fixed32(try fixed(UInt32.self)), bytes, budget)
    default: throw ProtobufError("Field \(number) has the wire type \(tag & 7), which is not served.")
    }
  }

  fileprivate mutating func varint() throws(ProtobufError) -> UInt64 {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while position < end, shift < 64 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw ProtobufError("A number does not end.")
  }

  fileprivate mutating func fixed<Word: FixedWidthInteger>(_ type: Word.Type) throws(ProtobufError) -> Word {
    guard end - position >= MemoryLayout<Word>.size else { throw ProtobufError("The message ends inside a number.") }
    defer { position += MemoryLayout<Word>.size }
    return bytes.withUnsafeBytes { Word(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Word.self)) }
  }

  fileprivate var isAtEnd: Bool { position >= end }
}

/// What a field means, as the message's definition says. Each throws when the wire has something else.
extension ProtobufReader.Field {
  private var wrong: ProtobufError { ProtobufError("Field \(number) is of another type than expected.") }

  package func unsigned() throws(ProtobufError) -> UInt64 {
    switch content {
    case .varint(let value), .fixed64(let value): return value
    case .fixed32(let value): return UInt64(value)
    case .bytes: throw wrong
    }
  }

  /// int64, sfixed64, enums.
  package func signed() throws(ProtobufError) -> Int64 { Int64(bitPattern: try unsigned()) }

  /// sint32 and sint64.
  package func zigzag() throws(ProtobufError) -> Int64 {
    let value = try unsigned()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  package func bool() throws(ProtobufError) -> Bool { try unsigned() != 0 }

  package func double() throws(ProtobufError) -> Double {
    guard case .fixed64(let value) = content else { throw wrong }
    return Double(bitPattern: value)
  }

  package func data() throws(ProtobufError) -> ArraySlice<UInt8> {
    guard case .bytes(let range) = content else { throw wrong }
    return source[range]
  }

  /// Bytes that are no UTF-8 become U+FFFD.
  package func text() throws(ProtobufError) -> String { String(decoding: try data(), as: UTF8.self) }

  package func message() throws(ProtobufError) -> ProtobufReader {
    guard case .bytes(let range) = content else { throw wrong }
    budget.left -= 1
    guard budget.left >= 0 else { throw ProtobufError("There are too many messages in one document.") }
    return ProtobufReader(source, range, budget)
  }

  /// Adds the elements of a repeated fixed64 or varint field, packed or one.
  package func append(unsigned elements: inout [UInt64], fixed: Bool, most: Int) throws(ProtobufError) {
    guard case .bytes(let range) = content else {
      elements.append(try unsigned())
      if elements.count > most { throw tooMany(most) }
      return
    }
    var reader = ProtobufReader(source, range, budget)
    while !reader.isAtEnd {
      elements.append(fixed ? try reader.fixed(UInt64.self) : try reader.varint())
      if elements.count > most { throw tooMany(most) }
    }
  }

  /// Adds the elements of a repeated double field, packed or one.
  package func append(doubles elements: inout [Double], most: Int) throws(ProtobufError) {
    var words: [UInt64] = []
    try append(unsigned: &words, fixed: true, most: max(0, most - elements.count))
    elements += words.map { Double(bitPattern: $0) }
  }

  private func tooMany(_ most: Int) -> ProtobufError { ProtobufError("Field \(number) has more than \(most) elements.") }
}
