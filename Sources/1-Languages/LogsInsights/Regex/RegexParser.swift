/// Why a regular expression is refused; the offset counts bytes in it.
struct RegexError: Error, Equatable {
  var message: String
  var offset: Int
}

/// Reads Java's regular expressions, but for what cannot be searched in linear time: back-references and look-around.
struct RegexParser {
  /// `a{1000}` is unrolled, so both counts and nesting are bounded.
  static let mostRepetitions = 1_000
  static let deepest = 200

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0
  private(set) var groups = 0
  private(set) var names: [(name: String, group: Int)] = []
  private var flags = Flags()

  private struct Flags {
    var ignoresCase = false
    var dotTakesAll = false
    var multiline = false
    var comments = false
  }

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func parse() throws(RegexError) -> RegexNode {
    let node = try choice()
    guard position == bytes.count else { throw error("a ')' closes nothing") }
    return node
  }

  private func error(_ message: String, _ offset: Int? = nil) -> RegexError { RegexError(message: message, offset: offset ?? position) }
  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }
  private func isNext(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }
  private mutating func take(_ text: String) -> Bool {
    guard isNext(text) else { return false }
    position += text.utf8.count
    return true
  }

  private mutating func choice() throws(RegexError) -> RegexNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw error("groups are nested too deeply") }
    // Flags set inside of a group hold to its end.
    let outside = flags
    defer { flags = outside }
    var choices = [try sequence()]
    while take("|") { choices.append(try sequence()) }
    return choices.count == 1 ? choices[0] : .choice(choices)
  }

  private mutating func sequence() throws(RegexError) -> RegexNode {
    var parts: [RegexNode] = []
    while let next = peek, next != UInt8(ascii: "|"), next != UInt8(ascii: ")") {
      if flags.comments, next == 0x20 || (0x09...0x0D).contains(next) {
        position += 1
        continue
      }
      if take("\\Q") {
        while position < bytes.count, !isNext("\\E") { parts.append(.characters(literal(try scalar()))) }
        _ = take("\\E")
        continue
      }
      let start = position
      let term = try self.term()
      parts.append(try repeated(term, from: start))
    }
    return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
  }

  private mutating func repeated(_ term: RegexNode, from start: Int) throws(RegexError) -> RegexNode {
    var node = term
    var count = 0
    while let (least, most) = try repetitions() {
      count += 1
      guard count <= 4 else { throw error("repetitions of repetitions", start) }
      if take("+") { throw error("possessive repetitions are not supported", position - 1) }
      let greedy = !take("?")
      node = .repetition(node, least: least, most: most, greedy: greedy)
    }
    return node
  }

  private mutating func repetitions() throws(RegexError) -> (Int, Int?)? {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    guard peek == UInt8(ascii: "{") else { return nil }
    let start = position
    position += 1
    guard let least = try count() else {
      // A brace without a number is a brace.
      position = start
      return nil
    }
    var most: Int? = least
    if take(",") { most = try count() }
    guard take("}") else { throw error("a repetition does not end", start) }
    if let most, most < least { throw error("a repetition ends before it begins", start) }
    return (least, most)
  }

  private mutating func count() throws(RegexError) -> Int? {
    let start = position
    var number = 0
    while let digit = peek, Lexer.isDigit(digit) {
      number = number * 10 + Int(digit - 48)
      guard number <= Self.mostRepetitions else { throw error("more than \(Self.mostRepetitions) repetitions", start) }
      position += 1
    }
    return position > start ? number : nil
  }

  private mutating func term() throws(RegexError) -> RegexNode {
    let start = position
    switch peek {
    case UInt8(ascii: "("): return try group()
    case UInt8(ascii: "["):
      position += 1
      return .characters(try characterClass(from: start))
    case UInt8(ascii: "."):
      position += 1
      return .characters(flags.dotTakesAll ? .all : ScalarSet.newline.inverted)
    case UInt8(ascii: "^"):
      position += 1
      return .assertion(flags.multiline ? .lineStart : .textStart)
    case UInt8(ascii: "$"):
      position += 1
      return .assertion(flags.multiline ? .lineEnd : .textEnd)
    case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"): throw error("nothing to repeat")
    case UInt8(ascii: "\\"):
      position += 1
      return try escape(from: start)
    default: return .characters(literal(try scalar()))
    }
  }

  private func literal(_ scalar: UInt32) -> ScalarSet {
    flags.ignoresCase ? ScalarSet(scalar).ignoringCase : ScalarSet(scalar)
  }

  private mutating func group() throws(RegexError) -> RegexNode {
    let start = position
    position += 1
    for refused in ["?=", "?!", "?<=", "?<!", "?>"] where isNext(refused) {
      throw error("look-around and atomic groups are not supported: '(\(refused)'", start)
    }
    var number: Int?
    // Flags set for a group hold in it only.
    let outside = flags
    if take("?<") || take("?P<") {
      groups += 1
      number = groups
      names.append((try name(), groups))
    } else if take("?:") {
      // Remembers nothing.
    } else if take("?") {
      if try flagsOnly() { return .empty }
    } else {
      groups += 1
      number = groups
    }
    guard groups <= 100 else { throw error("more than 100 groups", start) }
    let node = try choice()
    flags = outside
    guard take(")") else { throw error("a group does not end", start) }
    return number.map { .group(node, $0) } ?? node
  }

  /// Reads `i`, `s`, `m`, `x`, `-i` and so on. True after `(?i)`, which sets flags from there; false after `(?i:`.
  private mutating func flagsOnly() throws(RegexError) -> Bool {
    var on = true
    while let next = peek {
      position += 1
      switch next {
      case UInt8(ascii: "i"): flags.ignoresCase = on
      case UInt8(ascii: "s"): flags.dotTakesAll = on
      case UInt8(ascii: "m"): flags.multiline = on
      case UInt8(ascii: "x"): flags.comments = on
      case UInt8(ascii: "u"), UInt8(ascii: "U"), UInt8(ascii: "d"): break
      case UInt8(ascii: "-"): on = false
      case UInt8(ascii: ")"): return true
      case UInt8(ascii: ":"): return false
      default: throw error("unknown flag of a group", position - 1)
      }
    }
    throw error("a group does not end")
  }

  private mutating func name() throws(RegexError) -> String {
    let start = position
    while let next = peek, Lexer.continuesWord(next) { position += 1 }
    let name = String(decoding: bytes[start..<position], as: UTF8.self)
    guard !name.isEmpty, take(">") else { throw error("the name of a group is made of letters and digits", start) }
    guard !names.contains(where: { $0.name == name }) else { throw error("two groups are named \(name)", start) }
    return name
  }

  private mutating func scalar() throws(RegexError) -> UInt32 {
    let end = min(position + Lexer.length(bytes[position]), bytes.count)
    let text = String(decoding: bytes[position..<end], as: UTF8.self)
    position = end
    guard let scalar = text.unicodeScalars.first else { throw error("no character") }
    return scalar.value
  }
}

// MARK: Classes and escapes

extension RegexParser {
  private mutating func characterClass(from start: Int) throws(RegexError) -> ScalarSet {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw error("classes are nested too deeply") }
    let negated = take("^")
    var set = ScalarSet([])
    var isFirst = true
    while let next = peek, next != UInt8(ascii: "]") || isFirst {
      isFirst = false
      if next == UInt8(ascii: "["), isNext("[:") { throw error("POSIX classes are written \\p{Alpha}") }
      if next == UInt8(ascii: "[") {
        position += 1
        set = set.union(try characterClass(from: position - 1))
        continue
      }
      if take("&&") {
        var other = ScalarSet([])
        if take("[") { other = try characterClass(from: position - 1) } else { other = try members() }
        set = set.intersection(other)
        continue
      }
      set = set.union(try member())
    }
    guard take("]") else { throw error("a character class does not end", start) }
    if flags.ignoresCase { set = set.ignoringCase }
    return negated ? set.inverted : set
  }

  private mutating func members() throws(RegexError) -> ScalarSet {
    var set = ScalarSet([])
    while let next = peek, next != UInt8(ascii: "]"), !isNext("&&") { set = set.union(try member()) }
    return set
  }

  /// A character, an escape or a range.
  private mutating func member() throws(RegexError) -> ScalarSet {
    let start = position
    let first = try classAtom()
    guard isNext("-"), position + 1 < bytes.count, bytes[position + 1] != UInt8(ascii: "]") else { return first }
    guard let low = first.single else { return first }
    position += 1
    guard let high = try classAtom().single, low <= high else { throw error("not a range of characters", start) }
    return ScalarSet([low...high])
  }

  private mutating func classAtom() throws(RegexError) -> ScalarSet {
    let start = position
    guard peek != nil else { throw error("a character class does not end") }
    guard take("\\") else { return ScalarSet(try scalar()) }
    if peek == UInt8(ascii: "b") {
      position += 1
      return ScalarSet(0x08)
    }
    guard case .characters(let set) = try escape(from: start) else { throw error("no such escape in a class", start) }
    return set
  }

  private mutating func escape(from start: Int) throws(RegexError) -> RegexNode {
    guard let byte = peek else { throw error("a regular expression ends in a backslash", start) }
    position += 1
    switch byte {
    case UInt8(ascii: "d"): return .characters(.digits)
    case UInt8(ascii: "D"): return .characters(ScalarSet.digits.inverted)
    case UInt8(ascii: "w"): return .characters(.words)
    case UInt8(ascii: "W"): return .characters(ScalarSet.words.inverted)
    case UInt8(ascii: "s"): return .characters(.spaces)
    case UInt8(ascii: "S"): return .characters(ScalarSet.spaces.inverted)
    case UInt8(ascii: "h"): return .characters(ScalarSet([0x09...0x09, 0x20...0x20, 0xA0...0xA0]))
    case UInt8(ascii: "R"): return .characters(ScalarSet([0x0A...0x0D]))
    case UInt8(ascii: "b"): return .assertion(.wordBoundary)
    case UInt8(ascii: "B"): return .assertion(.notWordBoundary)
    case UInt8(ascii: "A"): return .assertion(.textStart)
    case UInt8(ascii: "z"), UInt8(ascii: "Z"): return .assertion(.textEnd)
    case UInt8(ascii: "t"): return .characters(ScalarSet(0x09))
    case UInt8(ascii: "n"): return .characters(ScalarSet(0x0A))
    case UInt8(ascii: "r"): return .characters(ScalarSet(0x0D))
    case UInt8(ascii: "f"): return .characters(ScalarSet(0x0C))
    case UInt8(ascii: "a"): return .characters(ScalarSet(0x07))
    case UInt8(ascii: "e"): return .characters(ScalarSet(0x1B))
    case UInt8(ascii: "x"): return .characters(literal(try hexadecimal(take("{") ? nil : 2, from: start)))
    case UInt8(ascii: "u"): return .characters(literal(try hexadecimal(4, from: start)))
    case UInt8(ascii: "p"), UInt8(ascii: "P"): return .characters(try property(negated: byte == UInt8(ascii: "P"), from: start))
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "k"): throw error("back-references are not supported", start)
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): throw error("unknown escape", start)
    default:
      position -= 1
      return .characters(literal(try scalar()))
    }
  }

  private mutating func hexadecimal(_ digits: Int?, from start: Int) throws(RegexError) -> UInt32 {
    var value: UInt32 = 0
    var count = 0
    while let next = peek, let digit = Character(Unicode.Scalar(next)).hexDigitValue, digits.map({ count < $0 }) ?? (count < 6) {
      value = value * 16 + UInt32(digit)
      count += 1
      position += 1
    }
    if digits == nil, !take("}") { throw error("an escape does not end", start) }
    guard count > 0, digits == nil || count == digits, Unicode.Scalar(value) != nil else {
      throw error("not the code of a character", start)
    }
    return value
  }

  private mutating func property(negated: Bool, from start: Int) throws(RegexError) -> ScalarSet {
    guard take("{") else { throw error("a property is named in braces", start) }
    let nameStart = position
    while let next = peek, next != UInt8(ascii: "}") { position += 1 }
    let name = String(decoding: bytes[nameStart..<position], as: UTF8.self)
    guard take("}"), let set = Self.properties[name] else { throw error("the property '\(name)' is not supported", start) }
    return negated ? set.inverted : set
  }

  private static let properties: [String: ScalarSet] = [
    "Lower": ScalarSet([97...122]), "Upper": ScalarSet([65...90]), "Alpha": ScalarSet([65...90, 97...122]), "Digit": .digits,
    "Alnum": ScalarSet([48...57, 65...90, 97...122]), "Punct": ScalarSet([33...47, 58...64, 91...96, 123...126]),
    "Space": .spaces, "XDigit": ScalarSet([48...57, 65...70, 97...102]), "ASCII": ScalarSet([0...127]),
    "Blank": ScalarSet([9...9, 32...32]), "Cntrl": ScalarSet([0...31, 127...127]), "Print": ScalarSet([32...126]),
    "Graph": ScalarSet([33...126]),
  ]
}
