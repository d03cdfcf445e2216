/// A term that matches a name in part, by tokens.
///
/// Names are taken apart where their letters go from small to capital, where digits begin, and at what is neither letter nor digit
/// (which belongs to no token). One token matches any token of the name in either case. Several match as many side by side: in
/// either case when the term has something between all of them (`network-errors`), else exactly (`CustomCount`). A term also matches
/// a name that is the same but for case and for what is neither letter nor digit.
///
/// Source: CloudWatch User Guide, "CloudWatch search expressions: Tokenization", "Partial matches", "Non-alphanumeric characters".
public struct PartialTerm: Hashable, Sendable {
  public let text: String
  private let tokens: [[UInt8]]
  /// All tokens together.
  private let whole: [UInt8]
  private let isCaseSensitive: Bool

  /// Nil when there is no token in the text.
  init?(_ text: String) {
    var tokens: [[UInt8]] = []
    var joins = false
    text.withBytes { bytes in
      var scan = Tokens(bytes)
      var end = -1
      while let token = scan.next() {
        if token.lowerBound == end { joins = true }
        end = token.upperBound
        tokens.append(Array(bytes[token]))
      }
    }
    guard !tokens.isEmpty else { return nil }
    self.text = text
    isCaseSensitive = tokens.count > 1 && joins
    whole = tokens.flatMap { $0 }.map(\.lowered)
    self.tokens = isCaseSensitive ? tokens : tokens.map { $0.map(\.lowered) }
  }

  func matches(_ name: String) -> Bool {
    name.withBytes { bytes in
      isWhole(bytes) || (tokens.count == 1 ? hasToken(bytes) : hasTokens(bytes))
    }
  }

  /// Whether the name is the term, but for case and for what is neither letter nor digit.
  private func isWhole(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var at = 0
    for byte in bytes where Tokens.isPart(byte) {
      guard at < whole.count, whole[at] == byte.lowered else { return false }
      at += 1
    }
    return at == whole.count
  }

  private func hasToken(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var scan = Tokens(bytes)
    while let token = scan.next() { if equal(tokens[0], bytes[token]) { return true } }
    return false
  }

  private func hasTokens(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var scan = Tokens(bytes)
    var found: [Range<Int>] = []
    while let token = scan.next() { found.append(token) }
    guard found.count >= tokens.count else { return false }
    return (0...(found.count - tokens.count)).contains { start in
      tokens.indices.allSatisfy { equal(tokens[$0], bytes[found[start + $0]]) }
    }
  }

  private func equal(_ token: [UInt8], _ part: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    guard token.count == part.count else { return false }
    return isCaseSensitive ? token.elementsEqual(part) : zip(token, part).allSatisfy { $0 == $1.lowered }
  }
}

/// The tokens of a name as ranges of its bytes. Bytes beyond ASCII count as small letters.
private struct Tokens {
  let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func next() -> Range<Int>? {
    while position < bytes.count, !Self.isPart(bytes[position]) { position += 1 }
    guard position < bytes.count else { return nil }
    let start = position
    if bytes[position].isDigit {
      while position < bytes.count, bytes[position].isDigit { position += 1 }
      return start..<position
    }
    while position < bytes.count, bytes[position].isUpper { position += 1 }
    let small = position
    while position < bytes.count, Self.isSmall(bytes[position]) { position += 1 }
    // The last of several capitals belongs to the small letters that follow: SDBFailure is SDB and Failure.
    if small - start > 1, position > small { position = small - 1 }
    return start..<position
  }

  static func isSmall(_ byte: UInt8) -> Bool { byte.isLower || byte >= 0x80 }
  static func isPart(_ byte: UInt8) -> Bool { byte.isDigit || byte.isUpper || isSmall(byte) }
}

extension String {
  /// Its bytes in place, copied only where they are not in one piece.
  fileprivate func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
    return Array(utf8).withUnsafeBufferPointer(body)
  }
}
