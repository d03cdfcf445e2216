extension RegexParser {
  /// What follows a backslash outside of brackets, and whether it may be repeated.
  mutating func escape() throws -> (RegexTree, Bool) {
    guard let character = next.flatMap({ Unicode.Scalar($0) }) else { throw Regex.Malformed(reason: "\\ at end of pattern") }
    switch character {
    case "b", "B":
      place += 1
      return (.wordBoundary(character == "b"), false)
    case "k":
      place += 1
      return (try namedReference(), true)
    case "1"..."9":
      let start = place
      var number = 0
      while let digit = next, digit >= 48, digit <= 57, number < 100_000 {
        number = number * 10 + Int(digit) - 48
        place += 1
      }
      if number <= total { return (.backreference(number), true) }
      place = start
      return (.scalar(octal() ?? plain()), true)
    default:
      if let set = classEscape() { return (.set(set), true) }
      return (.scalar(characterEscape()), true)
    }
  }

  /// `\d` and the like.
  private mutating func classEscape() -> CharacterSet? {
    let set: CharacterSet
    switch next.flatMap({ Unicode.Scalar($0) }) {
    case "d": set = .digits
    case "D": set = CharacterSet.digits.negated
    case "w": set = .words
    case "W": set = CharacterSet.words.negated
    case "s": set = .spaces
    case "S": set = CharacterSet.spaces.negated
    default: return nil
    }
    place += 1
    return set
  }

  private mutating func plain() -> UInt32 {
    let scalar = next ?? 0x5C
    place += 1
    return scalar
  }

  private mutating func octal() -> UInt32? {
    var value: UInt32?
    while let digit = next, digit >= 48, digit <= 55, (value ?? 0) * 8 + digit - 48 <= 255 {
      value = (value ?? 0) * 8 + digit - 48
      place += 1
    }
    return value
  }

  /// The character that an escape stands for.
  private mutating func characterEscape() -> UInt32 {
    let start = place
    let character = plain()
    switch Unicode.Scalar(character) ?? " " {
    case "t": return 9
    case "n": return 10
    case "v": return 11
    case "f": return 12
    case "r": return 13
    case "0"..."7":
      place = start
      return octal() ?? plain()
    case "c":
      if let letter = next, letter | 0x20 >= 97, letter | 0x20 <= 122 {
        place += 1
        return letter & 31
      }
      place = start
      return 0x5C
    case "x": return hexadecimal(2) ?? character
    case "u":
      guard let unit = hexadecimal(4) else { return character }
      guard 0xD800...0xDBFF ~= unit, next == 0x5C, place + 1 < scalars.count, scalars[place + 1] == 0x75 else { return unit }
      let mark = place
      place += 2
      if let low = hexadecimal(4), 0xDC00...0xDFFF ~= low { return 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00) }
      place = mark
      return unit
    default: return character
    }
  }

  private mutating func hexadecimal(_ digits: Int) -> UInt32? {
    guard place + digits <= scalars.count else { return nil }
    var value: UInt32 = 0
    for offset in 0..<digits {
      guard let digit = Unicode.Scalar(scalars[place + offset]).flatMap({ Character($0).isASCII ? Character($0).hexDigitValue : nil })
      else { return nil }
      value = value << 4 | UInt32(digit)
    }
    place += digits
    return value
  }

  /// What is in brackets, after the first.
  mutating func characterClass() throws -> CharacterSet {
    var set = CharacterSet()
    let negated = take("^")
    while let character = next, character != 0x5D {
      let (low, single) = try member()
      guard let single else {
        set.formUnion(low)
        continue
      }
      guard next == 0x2D, place + 1 < scalars.count, scalars[place + 1] != 0x5D else {
        set.insert(single...single)
        continue
      }
      place += 1
      let (high, end) = try member()
      if let end {
        guard single <= end else { throw Regex.Malformed(reason: "range out of order in character class") }
        set.insert(single...end)
      } else {
        set.insert(single...single)
        set.insert(0x2D...0x2D)
        set.formUnion(high)
      }
    }
    guard take("]") else { throw Regex.Malformed(reason: "unterminated character class") }
    set.isNegated = negated
    return set
  }

  /// A member of a class: a character, or a set.
  private mutating func member() throws -> (CharacterSet, UInt32?) {
    guard let character = next else { throw Regex.Malformed(reason: "unterminated character class") }
    place += 1
    guard character == 0x5C else { return (CharacterSet(), character) }
    guard next != nil else { throw Regex.Malformed(reason: "\\ at end of pattern") }
    if let set = classEscape() { return (set, nil) }
    if next == 0x62 {
      place += 1
      return (CharacterSet(), 8)
    }
    if next == 0x2D {
      place += 1
      return (CharacterSet(), 0x2D)
    }
    return (CharacterSet(), characterEscape())
  }
}
