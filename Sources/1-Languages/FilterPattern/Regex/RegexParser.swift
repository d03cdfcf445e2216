/// The parts of a regular expression.
indirect enum RegexNode: Hashable, Sendable {
  case character(CharacterSet)
  case sequence([RegexNode])
  case choice([RegexNode])
  case repetition(RegexNode, Int, Int?)
  case start
  case end
}

/// Reads the regular expressions that filter patterns have: no groups, only ASCII, only some symbols.
struct RegexParser {
  /// Repetitions that may be asked for: `a{1000}` is unrolled.
  static let mostRepetitions = 1000
  private static let symbols = Set(":_#=@/;,- ".utf8)
  private static let operators = Set("^$?[]{}|\\*+.".utf8)

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  private var peek: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  mutating func parse() throws(FilterPatternError) -> RegexNode {
    guard !bytes.isEmpty else { throw FilterPatternError("a regular expression is empty", at: position) }
    var choices: [RegexNode] = []
    repeat {
      if !choices.isEmpty { position += 1 }
      choices.append(try sequence())
    } while peek == UInt8(ascii: "|")
    return choices.count == 1 ? choices[0] : .choice(choices)
  }

  private mutating func sequence() throws(FilterPatternError) -> RegexNode {
    var parts: [RegexNode] = []
    while let byte = peek, byte != UInt8(ascii: "|") { parts.append(try repeated()) }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  /// A term and how often it comes.
  private mutating func repeated() throws(FilterPatternError) -> RegexNode {
    let start = position
    let term = try term()
    guard let (least, most) = try repetitions() else { return term }
    guard term != .start, term != .end else { throw FilterPatternError("an anchor is not repeated", at: start) }
    // A reluctant repetition finds the same messages.
    if peek == UInt8(ascii: "?") { position += 1 }
    if let next = peek, next == UInt8(ascii: "*") || next == UInt8(ascii: "+") || next == UInt8(ascii: "{") {
      throw FilterPatternError("a repetition is not repeated", at: position)
    }
    return .repetition(term, least, most)
  }

  /// `?`, `*`, `+`, `{2}`, `{2,}`, `{,5}` or `{2, 5}`, when one comes next.
  private mutating func repetitions() throws(FilterPatternError) -> (Int, Int?)? {
    switch peek {
    case UInt8(ascii: "?"):
      position += 1
      return (0, 1)
    case UInt8(ascii: "*"):
      position += 1
      return (0, nil)
    case UInt8(ascii: "+"):
      position += 1
      return (1, nil)
    case UInt8(ascii: "{"): break
    default: return nil
    }
    let start = position
    position += 1
    let least = try count()
    var most = least
    if peek == UInt8(ascii: ",") {
      position += 1
      most = try count()
      guard least != nil || most != nil else { throw FilterPatternError("a repetition has no number", at: start) }
    } else if least == nil {
      throw FilterPatternError("a repetition has no number", at: start)
    }
    guard peek == UInt8(ascii: "}") else { throw FilterPatternError("a repetition does not end", at: start) }
    position += 1
    if let least, let most, least > most { throw FilterPatternError("a repetition ends before it begins", at: start) }
    return (least ?? 0, most)
  }

  private mutating func count() throws(FilterPatternError) -> Int? {
    while peek == UInt8(ascii: " ") { position += 1 }
    let start = position
    var number = 0
    while let digit = peek, digit.isDigit {
      number = number * 10 + Int(digit - UInt8(ascii: "0"))
      guard number <= Self.mostRepetitions else {
        throw FilterPatternError("more than \(Self.mostRepetitions) repetitions", at: start)
      }
      position += 1
    }
    let end = position
    while peek == UInt8(ascii: " ") { position += 1 }
    return end > start ? number : nil
  }

  private mutating func term() throws(FilterPatternError) -> RegexNode {
    guard let byte = peek else { throw FilterPatternError("a regular expression ends too early", at: position) }
    switch byte {
    case UInt8(ascii: "^"):
      position += 1
      return .start
    case UInt8(ascii: "$"):
      position += 1
      return .end
    case UInt8(ascii: "."):
      position += 1
      return .character(.any)
    case UInt8(ascii: "["):
      return .character(try characterClass())
    case UInt8(ascii: "\\"):
      return .character(try escape())
    case _ where Self.operators.contains(byte):
      throw FilterPatternError("nothing for '\(Unicode.Scalar(byte))' to work on", at: position)
    default:
      return .character(try literal())
    }
  }

  private mutating func literal() throws(FilterPatternError) -> CharacterSet {
    let byte = bytes[position]
    guard byte.isWord || Self.symbols.contains(byte) else {
      let character = String(String(decoding: bytes[position...].prefix(4), as: UTF8.self).unicodeScalars.prefix(1))
      throw FilterPatternError("a regular expression cannot have '\(character)'; \\xhh stands for any", at: position, characters: character)
    }
    position += 1
    return CharacterSet(byte...byte)
  }

  private mutating func characterClass() throws(FilterPatternError) -> CharacterSet {
    let start = position
    position += 1
    let inverted = peek == UInt8(ascii: "^")
    if inverted { position += 1 }
    var set = CharacterSet()
    var isEmpty = true
    while let byte = peek, byte != UInt8(ascii: "]") {
      isEmpty = false
      let first = try classMember()
      let dash = position
      guard peek == UInt8(ascii: "-"), dash + 1 < bytes.endIndex, bytes[dash + 1] != UInt8(ascii: "]") else {
        set.formUnion(first)
        continue
      }
      position += 1
      let last = try classMember()
      guard let low = first.single, let high = last.single, low <= high else {
        throw FilterPatternError("not a range of characters", at: dash)
      }
      set.formUnion(CharacterSet(low...high))
    }
    guard peek != nil else { throw FilterPatternError("a character class does not end", at: start) }
    guard !isEmpty else { throw FilterPatternError("a character class is empty", at: start) }
    position += 1
    return inverted ? set.inverted : set
  }

  /// In a class operators stand for themselves.
  private mutating func classMember() throws(FilterPatternError) -> CharacterSet {
    guard let byte = peek else { throw FilterPatternError("a character class does not end", at: position) }
    if byte == UInt8(ascii: "\\") { return try escape() }
    guard Self.operators.contains(byte) else { return try literal() }
    position += 1
    return CharacterSet(byte...byte)
  }

  private mutating func escape() throws(FilterPatternError) -> CharacterSet {
    let start = position
    position += 1
    guard let byte = peek else { throw FilterPatternError("a regular expression ends in a backslash", at: start) }
    position += 1
    switch byte {
    case UInt8(ascii: "d"): return .digits
    case UInt8(ascii: "D"): return CharacterSet.digits.inverted
    case UInt8(ascii: "s"): return .spaces
    case UInt8(ascii: "S"): return CharacterSet.spaces.inverted
    case UInt8(ascii: "w"): return .words
    case UInt8(ascii: "W"): return CharacterSet.words.inverted
    case UInt8(ascii: "x"):
      guard bytes.endIndex - position >= 2, let code = UInt8(String(decoding: bytes[position..<(position + 2)], as: UTF8.self), radix: 16),
        bytes[position] != UInt8(ascii: "+"), code < 128
      else { throw FilterPatternError("\\x is followed by two hexadecimal digits up to 7F", at: start) }
      position += 2
      return CharacterSet(code...code)
    case _ where Self.operators.contains(byte) || Self.symbols.contains(byte) && byte != UInt8(ascii: " "):
      return CharacterSet(byte...byte)
    case _ where byte.isWord: throw FilterPatternError("unknown escape", at: start)
    default:
      position = start + 1
      _ = try literal()
      throw FilterPatternError("unknown escape", at: start)
    }
  }
}
