/// Splits delimited text into rows of fields: quotes around fields, doubled inside, line ends `\n`, `\r\n` or `\r`.
///
/// Source: RFC 4180, with any one-byte delimiter. Empty lines are passed over.
public struct CSVRows: Sequence, IteratorProtocol, Sendable {
  private let bytes: ArraySlice<UInt8>
  private let delimiter: UInt8
  private var position: Int
  /// A field that is longer fails the reading: one unclosed quote must not swallow a whole file.
  public static let longestField = 1 << 20
  public private(set) var failure: ItemReadingFailure?

  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  public init(_ bytes: [UInt8], delimiter: UInt8 = UInt8(ascii: ",")) {
    // A byte order mark belongs to no field.
    self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    self.delimiter = delimiter
    position = self.bytes.startIndex
  }

  public mutating func next() -> [String]? {
    while position < bytes.endIndex, bytes[position] == Self.lineFeed || bytes[position] == Self.carriageReturn { position += 1 }
    guard position < bytes.endIndex, failure == nil else { return nil }
    var fields: [String] = []
    while true {
      guard let field = field() else { return nil }
      fields.append(field)
      guard position < bytes.endIndex, bytes[position] == delimiter else { break }
      position += 1
    }
    if position < bytes.endIndex, bytes[position] == Self.carriageReturn { position += 1 }
    if position < bytes.endIndex, bytes[position] == Self.lineFeed { position += 1 }
    return fields
  }

  private mutating func field() -> String? {
    var text: [UInt8] = []
    var quoted = false
    if position < bytes.endIndex, bytes[position] == Self.quote {
      quoted = true
      position += 1
    }
    while position < bytes.endIndex {
      let byte = bytes[position]
      if quoted {
        if byte == Self.quote {
          position += 1
          guard position < bytes.endIndex, bytes[position] == Self.quote else {
            quoted = false
            continue
          }
        }
      } else if byte == delimiter || byte == Self.lineFeed || byte == Self.carriageReturn {
        break
      }
      text.append(byte)
      position += 1
      guard text.count <= Self.longestField else {
        failure = ItemReadingFailure("A field of the CSV file is longer than \(Self.longestField) bytes.")
        return nil
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
