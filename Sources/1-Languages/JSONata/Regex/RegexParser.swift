/// The syntax tree of a regular expression.
indirect enum RegexTree {
  case empty
  case scalar(UInt32)
  case set(CharacterSet)
  case sequence([RegexTree])
  case alternatives([RegexTree])
  case group(RegexTree, Int)
  case repetition(RegexTree, least: Int, most: Int, greedy: Bool, groups: Range<Int>)
  case begin
  case end
  case wordBoundary(Bool)
  case look(RegexTree, behind: Bool, negative: Bool)
  case backreference(Int)
}

/// Reads regular expressions.
struct RegexParser {
  let scalars: [UInt32]
  var place = 0
  var groups = 0
  /// How many groups there are altogether, which decides what `\1` is.
  let total: Int
  var names: [String: Int] = [:]
  let allNames: [String: Int]
  private var depth = 0
  static let deepest = 250
  static let longest = 20_000

  init(_ pattern: String) throws {
    scalars = pattern.unicodeScalars.map(\.value)
    guard scalars.count <= Self.longest else { throw Regex.Malformed(reason: "the pattern is too long") }
    (total, allNames) = Self.count(scalars)
  }

  /// Counts the capturing groups and finds their names.
  private static func count(_ scalars: [UInt32]) -> (Int, [String: Int]) {
    var count = 0
    var names: [String: Int] = [:]
    var inClass = false
    var place = 0
    while place < scalars.count {
      switch scalars[place] {
      case 0x5C: place += 1
      case 0x5B: inClass = true
      case 0x5D: inClass = false
      case 0x28 where !inClass:
        if place + 1 < scalars.count, scalars[place + 1] == 0x3F {
          let isName = place + 3 < scalars.count && scalars[place + 2] == 0x3C && scalars[place + 3] != 0x3D && scalars[place + 3] != 0x21
          guard isName else { break }
          count += 1
          names[String(String.UnicodeScalarView(scalars[(place + 3)...].prefix { $0 != 0x3E }.compactMap { Unicode.Scalar($0) }))] = count
        } else {
          count += 1
        }
      default: break
      }
      place += 1
    }
    return (count, names)
  }

  var next: UInt32? { place < scalars.count ? scalars[place] : nil }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == character.value else { return false }
    place += 1
    return true
  }

  mutating func parse() throws -> RegexTree {
    let tree = try alternatives()
    if place < scalars.count { throw Regex.Malformed(reason: "unmatched ')'") }
    return tree
  }

  mutating func alternatives() throws -> RegexTree {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw Regex.Malformed(reason: "groups are nested too deep") }
    var list = [try sequence()]
    while take("|") { list.append(try sequence()) }
    return list.count == 1 ? list[0] : .alternatives(list)
  }

  private mutating func sequence() throws -> RegexTree {
    var list: [RegexTree] = []
    while let character = next, character != 0x7C, character != 0x29 {
      let before = groups
      let (term, repeats) = try term()
      list.append(repeats ? try quantified(term, before) : term)
    }
    return list.count == 1 ? list[0] : list.isEmpty ? .empty : .sequence(list)
  }

  /// A term and whether it may be repeated.
  private mutating func term() throws -> (RegexTree, Bool) {
    guard let character = next.flatMap({ Unicode.Scalar($0) }) else { return (.empty, false) }
    place += 1
    switch character {
    case "^": return (.begin, false)
    case "$": return (.end, false)
    case "(": return try group()
    case ".": return (.set(CharacterSet.lineEnds.negated), true)
    case "[": return (.set(try characterClass()), true)
    case "\\": return try escape()
    case "*", "+", "?": throw Regex.Malformed(reason: "nothing to repeat")
    case "{":
      let start = place
      place -= 1
      if try counts() != nil { throw Regex.Malformed(reason: "nothing to repeat") }
      place = start
      return (.scalar(character.value), true)
    default: return (.scalar(character.value), true)
    }
  }

  private mutating func quantified(_ term: RegexTree, _ before: Int) throws -> RegexTree {
    let bounds: (Int, Int)?
    if take("*") {
      bounds = (0, .max)
    } else if take("+") {
      bounds = (1, .max)
    } else if take("?") {
      bounds = (0, 1)
    } else {
      bounds = try counts()
    }
    guard let (least, most) = bounds else { return term }
    let greedy = !take("?")
    if let again = next.flatMap({ Unicode.Scalar($0) }), again == "*" || again == "+" || again == "?" {
      throw Regex.Malformed(reason: "nothing to repeat")
    }
    return .repetition(term, least: least, most: most, greedy: greedy, groups: before + 1..<groups + 1)
  }

  /// `{2}`, `{2,}` or `{2,3}`; nil, at the same place, when the brace stands for itself.
  private mutating func counts() throws -> (Int, Int)? {
    let start = place
    guard take("{"), let least = number() else {
      place = start
      return nil
    }
    var most = least
    if take(",") { most = number() ?? .max }
    guard take("}") else {
      place = start
      return nil
    }
    if most < least { throw Regex.Malformed(reason: "numbers out of order in {} quantifier") }
    return (least, most)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let digit = next, digit >= 48, digit <= 57 {
      value = min((value ?? 0) * 10 + Int(digit) - 48, 1 << 30)
      place += 1
    }
    return value
  }
}
