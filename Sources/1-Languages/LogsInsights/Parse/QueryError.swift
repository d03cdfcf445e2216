/// Why a query is refused, and where: what AWS sends as `MalformedQueryException` with its `queryCompileError`.
///
/// Source: CloudWatch Logs API Reference, StartQuery, QueryCompileError.
public struct QueryError: Error, Sendable, Equatable, CustomStringConvertible {
  public var message: String
  /// Characters (Unicode scalars) before the fault; `queryCompileError.location.startCharOffset`.
  public var startCharOffset: Int
  /// Characters before the end of the fault; at least `startCharOffset`.
  public var endCharOffset: Int

  public init(_ message: String, startCharOffset: Int, endCharOffset: Int) {
    self.message = message
    self.startCharOffset = startCharOffset
    self.endCharOffset = max(startCharOffset, endCharOffset)
  }

  public var description: String { "\(message) (\(startCharOffset)-\(endCharOffset))" }
}

/// A query that ran into a bound of memory or groups: refused, with what to do about it.
public struct QueryLimitError: Error, Sendable, Equatable, CustomStringConvertible {
  public var message: String
  public var description: String { message }

  init(_ message: String) { self.message = message }
}

/// The text of a query, to turn byte offsets into what errors tell.
struct QueryText: Sendable {
  let bytes: [UInt8]

  /// The error for the bytes of that range.
  func error(_ message: String, _ range: Range<Int>) -> QueryError {
    QueryError(message, startCharOffset: characters(before: range.lowerBound), endCharOffset: characters(before: range.upperBound))
  }

  /// AWS's sentence for a symbol that cannot stand where it does.
  func unexpected(_ range: Range<Int>, expected: String? = nil) -> QueryError {
    let symbol = range.isEmpty ? "<EOF>" : text(range)
    let (line, position) = place(of: range.lowerBound)
    let hint = expected.map { ": expected \($0)" } ?? ""
    return error("unexpected symbol found \(symbol) at line \(line) and position \(position)\(hint)", range)
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  private func characters(before offset: Int) -> Int {
    bytes[..<min(offset, bytes.count)].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
  }

  /// The line from 1 and the character in it from 0.
  private func place(of offset: Int) -> (line: Int, position: Int) {
    let before = bytes[..<min(offset, bytes.count)]
    let line = before.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return (line, characters(before: offset) - characters(before: start))
  }
}
