/// Splits messages into what is the same in many of them and what differs: the shape, with `mark` for each part that differs, and
/// the places of these parts.
///
/// A JSON object differs in its values; any other text in its words that have a digit, told apart as `pattern` does.
final class ShapeScanner {
  /// Stands for a part that differs. Messages that have this byte outside such parts have no shape.
  static let mark: UInt8 = 1
  static let mostParts = 256
  static let mostBytes = 32 << 10
  private static let mostDepth = 8
  let shape: UnsafeMutablePointer<UInt8>
  @exclusivity(unchecked) private(set) var length = 0
  /// Start and end of each part.
  let parts: UnsafeMutablePointer<UInt32>
  @exclusivity(unchecked) private(set) var partCount = 0
  @exclusivity(unchecked) private(set) var isJSON = false
  private let kinds: UnsafeMutablePointer<UInt8>

  private enum Kind {
    static let word: UInt8 = 0
    static let digit: UInt8 = 1
    static let sign: UInt8 = 2
  }

  init() {
    shape = .allocate(capacity: Self.mostBytes + 16)
    parts = .allocate(capacity: 2 * Self.mostParts + 2)
    kinds = .allocate(capacity: 256)
    kinds.initialize(repeating: Kind.word, count: 256)
    for byte in 0..<33 { kinds[byte] = Kind.sign }
    for byte in ",;:=()[]{}<>\"'`|/&?#@!\\".utf8 { kinds[Int(byte)] = Kind.sign }
    for byte in 48..<58 { kinds[byte] = Kind.digit }
  }

  deinit {
    shape.deallocate()
    parts.deallocate()
    kinds.deallocate()
  }

  /// Takes parts that were found otherwise.
  func take(parts: Int, isJSON: Bool) {
    partCount = parts
    self.isJSON = isJSON
  }

  /// False when the message has no shape. Behind it lies a space, and at least 16 bytes more may be read.
  func scan(_ message: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    guard count > 0, count <= Self.mostBytes else { return false }
    if message[0] == UInt8(ascii: "{") {
      (length, partCount) = (0, 0)
      isJSON = true
      if json(message, count) { return true }
    }
    (length, partCount) = (0, 0)
    isJSON = false
    return text(message, count)
  }

  private func text(_ message: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    let (kinds, shape) = (kinds, shape)
    var (place, out, found) = (0, 0, 0)
    while place < count {
      let byte = message[place]
      if kinds[Int(byte)] == Kind.sign {
        if byte == Self.mark { return false }
        shape[out] = byte
        out &+= 1
        place &+= 1
        continue
      }
      let (start, before) = (place, out)
      var kind = kinds[Int(byte)]
      while kind == Kind.word {
        shape[out] = message[place]
        out &+= 1
        place &+= 1
        kind = place < count ? kinds[Int(message[place])] : Kind.sign
      }
      if kind == Kind.digit {
        repeat { place &+= 1 } while place < count && kinds[Int(message[place])] != Kind.sign
        if found == Self.mostParts { return false }
        parts[2 &* found] = UInt32(truncatingIfNeeded: start)
        parts[2 &* found &+ 1] = UInt32(truncatingIfNeeded: place)
        found &+= 1
        out = before
        shape[out] = Self.mark
        out &+= 1
      }
    }
    (length, partCount) = (out, found)
    return true
  }

  private func json(_ message: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    let shape = shape
    var (place, out, found, depth) = (0, 0, 0, 0)
    var isKey = true
    func copy() {
      shape[out] = message[place]
      out &+= 1
      place &+= 1
    }
    func space() { while place < count, message[place] == 0x20 { copy() } }
    copy()
    depth = 1
    space()
    guard place < count else { return false }
    if message[place] == UInt8(ascii: "}") { return false }
    while place < count {
      if isKey {
        guard message[place] == UInt8(ascii: "\"") else { return false }
        copy()
        while place < count, message[place] != UInt8(ascii: "\"") {
          if message[place] == UInt8(ascii: "\\") || message[place] < 0x20 { return false }
          copy()
        }
        guard place < count else { return false }
        copy()
        space()
        guard place < count, message[place] == UInt8(ascii: ":") else { return false }
        copy()
        space()
        guard place < count else { return false }
        if message[place] == UInt8(ascii: "{") {
          depth += 1
          if depth > Self.mostDepth { return false }
          copy()
          space()
          // An empty object is no part, and has none.
          if place < count, message[place] == UInt8(ascii: "}") { return false }
          continue
        }
        if found == Self.mostParts { return false }
        let isText = message[place] == UInt8(ascii: "\"")
        if isText { copy() }
        let start = place
        guard let end = isText ? Self.textEnd(message, place, count) : Self.valueEnd(message, place, count), isText || end > start else {
          return false
        }
        parts[2 &* found] = UInt32(truncatingIfNeeded: start)
        parts[2 &* found &+ 1] = UInt32(truncatingIfNeeded: end)
        found &+= 1
        shape[out] = Self.mark
        out &+= 1
        place = end
        if isText { copy() }
        isKey = false
      }
      space()
      guard place < count else { return false }
      if message[place] == UInt8(ascii: "}") {
        copy()
        depth -= 1
        if depth == 0 {
          (length, partCount) = (out, found)
          return place == count
        }
      } else if message[place] == UInt8(ascii: ",") {
        copy()
        space()
        isKey = true
      } else {
        return false
      }
    }
    return false
  }

  /// Where a word that begins at the place ends; nil when none with a digit does.
  @inline(__always)
  func tokenEnd(_ message: UnsafePointer<UInt8>, _ start: Int, _ count: Int) -> Int? {
    let kinds = kinds
    var (place, digits) = (start, UInt8(0))
    // The space behind the message ends it, too.
    while true {
      let kind = kinds[Int(message[place])]
      if kind == Kind.sign { break }
      digits |= kind
      place &+= 1
    }
    return digits == 0 ? nil : place
  }

  /// Where a value of JSON that begins at the place ends; nil when none does.
  @inline(__always)
  func valueEnd(_ message: UnsafePointer<UInt8>, _ start: Int, _ count: Int, isQuoted: Bool) -> Int? {
    if isQuoted { return Self.textEnd(message, start, count) }
    guard start < count, let end = Self.valueEnd(message, start, count), end > start else { return nil }
    return end
  }

  /// Where the quotation mark is that ends a text.
  @inline(__always)
  private static func textEnd(_ message: UnsafePointer<UInt8>, _ start: Int, _ count: Int) -> Int? {
    var place = start
    while place < count {
      let word = EightBytes.load(message + place)
      let found = EightBytes.place(EightBytes.equal(word, UInt8(ascii: "\"")) | EightBytes.equal(word, UInt8(ascii: "\\")))
      place &+= found
      if found == 8 { continue }
      if place >= count { return nil }
      if message[place] == UInt8(ascii: "\"") { return place }
      place &+= 2
    }
    return nil
  }

  /// Where a number, a word or a list ends.
  private static func valueEnd(_ message: UnsafePointer<UInt8>, _ start: Int, _ count: Int) -> Int? {
    var place = start
    if message[place] == UInt8(ascii: "[") {
      var depth = 0
      while place < count {
        switch message[place] {
        case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
          depth -= 1
          if depth == 0 { return place + 1 }
        case UInt8(ascii: "\""):
          guard let end = textEnd(message, place + 1, count) else { return nil }
          place = end
        default: break
        }
        place += 1
      }
      return nil
    }
    while place < count {
      let found = EightBytes.place(EightBytes.notBare(EightBytes.load(message + place)))
      place &+= found
      if found == 8 { continue }
      if place >= count { return nil }
      switch message[place] {
      case UInt8(ascii: ","), UInt8(ascii: "}"), 0x20: return place
      default: return nil
      }
    }
    return nil
  }
}
