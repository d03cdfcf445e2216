#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How a message falls into tokens for `pattern`: words and the signs between them. Words with a digit are dynamic at once, as
/// numbers, times, identifiers and addresses are.
enum Tokens {
  /// Nothing is told apart beyond so many tokens.
  static let most = 256

  struct Token {
    var start: Int
    var end: Int
    var isDynamic: Bool
    /// Of its bytes; of dynamic tokens the same for all.
    var hash: UInt64
  }

  private enum Kind {
    static let word: UInt8 = 0
    static let digit: UInt8 = 1
    static let sign: UInt8 = 2
  }

  private static let kinds: Text = {
    let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
    table.initialize(repeating: Kind.word, count: 256)
    for byte in 0..<33 { table[byte] = Kind.sign }
    for byte in ",;:=()[]{}<>\"'`|/&?#@!\\".utf8 { table[Int(byte)] = Kind.sign }
    for byte in 48..<58 { table[byte] = Kind.digit }
    return Text(table, 256)
  }()

  /// A hash of all tokens: the same for messages that differ in dynamic tokens only.
  static func shape(_ text: Text) -> UInt64 {
    var hash: UInt64 = 0
    scan(text) { hash = combine(hash, $0.hash) }
    return hash
  }

  static func list(_ text: Text) -> [Token] {
    var list: [Token] = []
    scan(text) { list.append($0) }
    return list
  }

  @inline(__always)
  private static func combine(_ hash: UInt64, _ token: UInt64) -> UInt64 {
    let mixed = (hash ^ token) &* 0x9E37_79B9_7F4A_7C15
    return mixed ^ mixed >> 32
  }

  @inline(__always)
  private static func scan(_ text: Text, _ body: (Token) -> Void) {
    let bytes = text.start
    let count = text.count
    let kinds = kinds.start
    var position = 0
    var number = 0
    while position < count, number < most {
      let start = position
      number &+= 1
      // Each sign is a token of its own.
      if kinds[Int(bytes[position])] == Kind.sign {
        position &+= 1
        body(Token(start: start, end: position, isDynamic: false, hash: UInt64(bytes[start])))
        continue
      }
      while position < count, kinds[Int(bytes[position])] == Kind.word { position &+= 1 }
      if position < count, kinds[Int(bytes[position])] == Kind.digit {
        while position < count, kinds[Int(bytes[position])] != Kind.sign { position &+= 1 }
        body(Token(start: start, end: position, isDynamic: true, hash: 0x5BD1_E995_5BD1_E995))
      } else {
        body(Token(start: start, end: position, isDynamic: false, hash: word(bytes, start, position, count)))
      }
    }
  }

  /// Up to eight bytes at once.
  @inline(__always)
  private static func word(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ count: Int) -> UInt64 {
    var hash = UInt64(truncatingIfNeeded: end &- start) << 8
    var position = start
    while position < end {
      var part: UInt64 = 0
      let left = end &- position
      if position &+ 8 <= count {
        part = UnsafeRawPointer(bytes).loadUnaligned(fromByteOffset: position, as: UInt64.self)
        if left < 8 { part &= (1 << UInt64(left &* 8)) &- 1 }
      } else {
        memcpy(&part, bytes + position, min(left, 8))
      }
      hash = combine(hash, part)
      position &+= 8
    }
    return hash
  }
}

/// Tells texts apart as `pattern` does.
public enum PatternShape {
  /// The same for texts whose words differ only where they have digits. Texts whose parts between signs agree agree as a whole.
  public static func hash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
    guard let start = text.baseAddress else { return 0 }
    return Tokens.shape(Text(start, text.count))
  }
}
