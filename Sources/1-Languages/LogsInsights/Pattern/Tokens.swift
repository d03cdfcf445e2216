/// How a message falls into tokens for `pattern`: words and the signs between them. Words with a digit are dynamic at once, as
/// numbers, times, identifiers and addresses are.
struct TokenScan {
  /// Nothing is told apart beyond so many tokens.
  static let most = 256

  private static let isSeparator: [Bool] = {
    var table = Array(repeating: false, count: 256)
    for byte in 0..<33 { table[byte] = true }
    for byte in " \t,;:=()[]{}<>\"'`|/&?#@!\\".utf8 { table[Int(byte)] = true }
    return table
  }()

  struct Token {
    var start: Int32
    var end: Int32
    var isDynamic: Bool
    /// Of its bytes; of dynamic tokens the same for all.
    var hash: UInt64
  }

  private(set) var tokens: [Token] = []
  /// Of all tokens: the same for messages that differ in dynamic tokens only.
  private(set) var hash: UInt64 = 0

  mutating func scan(_ text: Text) {
    tokens.removeAll(keepingCapacity: true)
    hash = 0
    var position = 0
    let bytes = text.start
    let count = text.count
    Self.isSeparator.withUnsafeBufferPointer { isSeparator in
      while position < count, tokens.count < Self.most {
        let start = position
        var word: UInt64 = 0xCBF2_9CE4_8422_2325
        if isSeparator[Int(bytes[position])] {
          // Each sign is a token of its own.
          word = UInt64(bytes[position])
          position &+= 1
          tokens.append(Token(start: Int32(start), end: Int32(position), isDynamic: false, hash: word))
          hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
          hash ^= hash >> 29
          continue
        }
        var isDynamic = false
        while position < count, !isSeparator[Int(bytes[position])] {
          let byte = bytes[position]
          if byte &- 48 < 10 {
            isDynamic = true
            // The rest does not matter.
            repeat { position &+= 1 } while position < count && !isSeparator[Int(bytes[position])]
            break
          }
          word = (word ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
          position &+= 1
        }
        if isDynamic { word = 0x5bd1_e995_5bd1_e995 }
        tokens.append(Token(start: Int32(start), end: Int32(position), isDynamic: isDynamic, hash: word))
        hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 29
      }
    }
  }
}
