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
    var scan = Tokens(text)
    guard scan.next() != nil else { return nil }
    self.text = text
    var tokens: [[UInt8]] = []
    var joins = false
    var end = -1
    scan = Tokens(text)
    while let token = scan.next() {
      if token.lowerBound == end { joins = true }
      end = token.upperBound
      tokens.append(Array(scan.bytes[token]))
    }
    isCaseSensitive = tokens.count > 1 && joins
    whole = tokens.flatMap { $0 }.map(\.lowered)
    self.tokens = isCaseSensitive ? tokens : tokens.map { $0.map(\.lowered) }
  }

  func matches(_ name: String) -> Bool {
    var scan = Tokens(name)
    var found: [Range<Int>] = []
    while let token = scan.next() { found.append(token) }
    guard found.count >= tokens.count || !found.isEmpty else { return false }
    if found.count >= tokens.count {
      for start in 0...(found.count - tokens.count) {
        let matched = tokens.indices.allSatisfy { equal(tokens[$0], scan.bytes[found[start + $0]]) }
        if matched { return true }
      }
    }
    var at = 0
    for token in found {
      for byte in scan.bytes[token] {
        guard at < whole.count, whole[at] == byte.lowered else { return false }
        at += 1
      }
    }
    return at == whole.count
  }

  private func equal(_ token: [UInt8], _ part: ArraySlice<UInt8>) -> Bool {
    guard token.count == part.count else { return false }
    return isCaseSensitive ? token.elementsEqual(part) : zip(token, part).allSatisfy { $0 == $1.lowered }
  }
}

/// The tokens of a name as ranges of its bytes. Bytes beyond ASCII count as small letters.
struct Tokens: IteratorProtocol {
  let bytes: [UInt8]
  private var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func next() -> Range<Int>? {
    while position < bytes.count, !Self.isPart(bytes[position]) { position += 1 }
    guard position < bytes.count else { return nil }
    let start = position
    if bytes[position].isDigit {
      while position < bytes.count, bytes[position].isDigit { position += 1 }
    } else {
      while position < bytes.count, bytes[position].isUpper { position += 1 }
      let capitals = position - start
      let small = position
      while position < bytes.count, Self.isSmall(bytes[position]) { position += 1 }
      // The last of several capitals belongs to the small letters that follow: SDBFailure is SDB and Failure.
      if capitals > 1, position > small { position = small - 1 }
    }
    return start..<position
  }

  private static func isSmall(_ byte: UInt8) -> Bool { byte.isLower || byte >= 0x80 }
  private static func isPart(_ byte: UInt8) -> Bool { byte.isDigit || byte.isUpper || isSmall(byte) }
}
