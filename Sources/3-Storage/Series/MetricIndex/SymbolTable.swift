/// Texts by number, each kept once.
struct SymbolTable: Sendable {
  static let most = 1 << 31
  private var bytes: [UInt8] = []
  /// Where each begins, and at last where the next one will; number 0 is the empty text.
  private var starts: [UInt32] = [0, 0]
  private var numbers = HashedNumbers()

  var size: Int { bytes.count }

  /// Nil for a text that is not known.
  func find(_ text: String) -> UInt32? {
    if text.isEmpty { return 0 }
    var text = text
    return text.withUTF8 { numbers[SecretHash(UnsafeRawBufferPointer($0), space: 0)] }
  }

  mutating func intern(_ text: String) -> UInt32 {
    var text = text
    return text.withUTF8 { intern(UnsafeRawBufferPointer($0)) }
  }

  mutating func intern(_ text: UnsafeRawBufferPointer) -> UInt32 {
    if text.isEmpty { return 0 }
    let hash = SecretHash(text, space: 0)
    if let known = numbers[hash] { return known }
    let number = UInt32(starts.count - 1)
    bytes.append(contentsOf: text)
    starts.append(UInt32(bytes.count))
    numbers.insert(hash, number)
    return number
  }

  func text(_ number: UInt32) -> String {
    String(decoding: bytes[Int(starts[Int(number)])..<Int(starts[Int(number) + 1])], as: UTF8.self)
  }

  func withBytes<Result>(_ number: UInt32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[Int(starts[Int(number)])..<Int(starts[Int(number) + 1])])) }
  }

  /// Below, at or above 0, as their bytes are ordered.
  func compare(_ left: UInt32, _ right: UInt32) -> Int {
    if left == right { return 0 }
    return withBytes(left) { left in withBytes(right) { right in Self.compare(left, right) } }
  }

  static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let count = min(left.count, right.count)
    for place in 0..<count where left[place] != right[place] { return left[place] < right[place] ? -1 : 1 }
    return left.count - right.count
  }
}
