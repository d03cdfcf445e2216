/// Why and where a text is not a JSON document.
public struct JSONParseError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Bytes before the place of the error.
  public let offset: Int
  /// The line of that place, from 1; lines end with a line feed.
  public let line: Int
  /// The column of that place in Unicode scalars, from 1.
  public let column: Int
  /// What is wrong, as a sentence's beginning in lower case: "expected a value".
  public let message: String

  public var description: String { "\(message) at line \(line), column \(column)" }

  init(_ message: String, at offset: Int, in bytes: UnsafeRawBufferPointer) {
    var line = 1
    var column = 1
    for byte in bytes.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    self.offset = offset
    self.line = line
    self.column = column
    self.message = message
  }
}

/// What a document may ask for before it is refused.
public struct JSONLimits: Hashable, Sendable {
  /// The deepest nesting of arrays and objects that can be asked for, the same as Jackson's: values are read, compared, written
  /// and released recursively, so a much deeper one could exhaust a thread's stack long after it was read.
  public static let deepest = 1000

  /// Arrays and objects within each other, 1...`deepest`; `[[]]` is 2 deep.
  public var depth: Int
  /// Length of the document in bytes, at most 2 GiB. Its values take up to about 15 times as much memory.
  public var bytes: Int
  /// Whether a `\u` escape of half a surrogate pair is read as U+FFFD instead of refused.
  public var replacesLoneSurrogates = false

  public init(depth: Int = 512, bytes: Int = 256 << 20) {
    self.depth = min(max(depth, 1), Self.deepest)
    self.bytes = min(bytes, Int(Int32.max))
  }
}
