/// Where the bytes of a column are: in the block's head, or in a part of its own.
enum ColumnPart: Sendable {
  case inline([UInt8])
  case part(Int)
}

/// What a column of a block has: the values of one place of a shape.
struct ColumnSpec: Sendable {
  enum Values: Sendable {
    /// The same everywhere.
    case constant([UInt8])
    /// Derived from the events' times.
    case time(UInt8)
    case numbers(NumberText, ColumnPart)
    case addresses(ColumnPart)
    /// Pairs of lowercase hexadecimal digits, so many bytes each.
    case hexadecimal(Int, ColumnPart)
    /// Few different ones, and for each event the number of one.
    case words(Int, words: ColumnPart, numbers: ColumnPart)
    case texts(lengths: ColumnPart, bytes: ColumnPart)
  }
  var values: Values
  var shortest = 0
  var longest = 0
  /// Which bytes there are: `ByteClasses`.
  var classes: UInt64 = 0
  var bloom: ColumnPart?

  func put(_ head: inout [UInt8]) {
    switch values {
    case .constant(let bytes):
      head.append(0)
      head.put(varint: bytes.count)
      head += bytes
      return
    case .time(let kind): head += [1, kind]
    case .numbers(let text, let part):
      head.append(2)
      for bytes in [text.prefix, text.suffix] {
        head.put(varint: bytes.count)
        head += bytes
      }
      head.put(varint: text.decimals)
      head.put(varint: text.digits)
      Self.put(part, &head)
    case .addresses(let part):
      head.append(3)
      Self.put(part, &head)
    case .hexadecimal(let width, let part):
      head.append(4)
      head.put(varint: width)
      Self.put(part, &head)
    case .words(let count, let words, let numbers):
      head.append(5)
      head.put(varint: count)
      Self.put(words, &head)
      Self.put(numbers, &head)
    case .texts(let lengths, let bytes):
      head.append(6)
      Self.put(lengths, &head)
      Self.put(bytes, &head)
    }
    head.put(varint: shortest)
    head.put(varint: longest)
    head.put(fixed: classes)
    head.append(bloom == nil ? 0 : 1)
    if let bloom { Self.put(bloom, &head) }
  }

  static func put(_ part: ColumnPart, _ head: inout [UInt8]) {
    switch part {
    case .part(let number): head.put(varint: number + 1)
    case .inline(let bytes):
      head.append(0)
      head.put(varint: bytes.count)
      head += bytes
    }
  }

  static func part(_ reader: inout ByteReader) -> ColumnPart {
    let number = reader.varint()
    if number == 0 { return .inline(bytes(&reader)) }
    return .part(Int(truncatingIfNeeded: number & 0xFFFF_FFFF) - 1)
  }

  private static func bytes(_ reader: inout ByteReader) -> [UInt8] {
    let span = reader.span()
    return Array(reader.bytes[span])
  }

  /// Nil when the bytes are none of a column.
  init?(_ reader: inout ByteReader) {
    let kind = reader.varint()
    if kind == 0 {
      self.init(constant: Self.bytes(&reader))
      if reader.isBroken { return nil }
      return
    }
    guard let values = Self.values(kind, &reader) else { return nil }
    let shortest = Int(truncatingIfNeeded: reader.varint() & 0xFFFF_FFFF)
    let longest = Int(truncatingIfNeeded: reader.varint() & 0xFFFF_FFFF)
    self.init(values, shortest, longest, reader.fixed(UInt64.self))
    if reader.varint() == 1 { bloom = Self.part(&reader) }
    if reader.isBroken { return nil }
  }

  private static func values(_ kind: UInt64, _ reader: inout ByteReader) -> Values? {
    switch kind {
    case 1: return .time(UInt8(truncatingIfNeeded: reader.varint()))
    case 2:
      let (prefix, suffix) = (bytes(&reader), bytes(&reader))
      let (decimals, digits) = (Int(truncatingIfNeeded: reader.varint()), Int(truncatingIfNeeded: reader.varint()))
      guard prefix.count < 64, suffix.count < 64, (0...18).contains(decimals), (0...18).contains(digits) else { return nil }
      return .numbers(NumberText(prefix: prefix, suffix: suffix, decimals: decimals, digits: digits), part(&reader))
    case 3: return .addresses(part(&reader))
    case 4:
      let width = Int(truncatingIfNeeded: reader.varint() & 0xFFFF)
      return .hexadecimal(width, part(&reader))
    case 5:
      let count = Int(truncatingIfNeeded: reader.varint() & 0xFFFF_FFFF)
      let words = part(&reader)
      return .words(count, words: words, numbers: part(&reader))
    case 6:
      let lengths = part(&reader)
      return .texts(lengths: lengths, bytes: part(&reader))
    default: return nil
    }
  }

  init(constant bytes: [UInt8]) {
    values = .constant(bytes)
    (shortest, longest) = (bytes.count, bytes.count)
    classes = bytes.reduce(0) { $0 | ByteClasses.bit($1) }
  }

  init(_ values: Values, _ shortest: Int, _ longest: Int, _ classes: UInt64) {
    (self.values, self.shortest, self.longest, self.classes) = (values, shortest, longest, classes)
  }
}

/// Kinds of bytes, one bit each: every letter, digits, some signs, the others by their last bits.
enum ByteClasses {
  static let table: [UInt64] = (0..<256).map { byte in
    switch UInt8(byte) {
    case 97...122: 1 << UInt64(byte - 97)
    case 65...90: 1 << UInt64(byte - 65 + 26)
    case 48...57: 1 << 52
    case UInt8(ascii: "."): 1 << 53
    case UInt8(ascii: "-"): 1 << 54
    case UInt8(ascii: "_"): 1 << 55
    case 0x20: 1 << 56
    case UInt8(ascii: "/"): 1 << 57
    case UInt8(ascii: "\\"): 1 << 58
    case UInt8(ascii: ":"): 1 << 59
    case UInt8(ascii: "\""): 1 << 60
    case 128...: 1 << 61
    default: 1 << UInt64(62 + byte % 2)
    }
  }
  static func bit(_ byte: UInt8) -> UInt64 { table[Int(byte)] }

  static func all(in bytes: UnsafeRawBufferPointer) -> UInt64 {
    table.withUnsafeBufferPointer { table in
      guard let bits = table.baseAddress, let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return 0 }
      var classes: UInt64 = 0
      for place in 0..<bytes.count { classes |= bits[Int(start[place])] }
      return classes
    }
  }
  static let digits: UInt64 = 1 << 52
  static let hexadecimal: UInt64 = digits | 0x3F
}
