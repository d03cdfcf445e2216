import JSON

/// How an integer is written. Source: XPath and XQuery Functions and Operators 3.1, 4.6.1 fn:format-integer.
struct IntegerPicture {
  enum Style {
    case decimal, letters, roman, words
    /// A numbering sequence that is not supported, with its token.
    case sequence(String)
  }

  enum Case {
    case upper, lower, title
  }

  struct Separator {
    /// Digits to its right.
    var position: Int
    var character: Unicode.Scalar
  }

  var style = Style.decimal
  var letterCase = Case.lower
  var isOrdinal = false
  var zero: UInt32 = 0x30
  var mandatoryDigits = 0
  var optionalDigits = 0
  /// The distance between separators, when they are regular.
  var interval = 0
  var separators: [Separator] = []
  /// How many digits there are when it is read.
  var parseWidth: Int?

  init(_ picture: String) throws {
    var primary = Substring(picture)
    if let semicolon = picture.lastIndex(of: ";") {
      primary = picture[..<semicolon]
      isOrdinal = picture[picture.index(after: semicolon)...].first == "o"
    }
    switch primary {
    case "A", "a": style = .letters
    case "I", "i": style = .roman
    case "W", "w", "Ww": style = .words
    default: try analyse(String(primary))
    }
    if primary == "A" || primary == "I" || primary == "W" { letterCase = .upper }
    if primary == "Ww" { letterCase = .title }
  }

  static let digitFamilies: [UInt32] = [
    0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20,
    0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0,
    0xAA50, 0xABF0, 0xFF10,
  ]

  private mutating func analyse(_ primary: String) throws {
    var family: UInt32?
    var position = 0
    for scalar in primary.unicodeScalars.reversed() {
      if let group = Self.digitFamilies.first(where: { scalar.value >= $0 && scalar.value <= $0 + 9 }) {
        if let family, family != group { throw JSONataError("D3131") }
        family = group
        mandatoryDigits += 1
        position += 1
      } else if scalar == "#" {
        optionalDigits += 1
        position += 1
      } else {
        separators.append(Separator(position: position, character: scalar))
      }
    }
    guard let family else {
      style = .sequence(primary)
      return
    }
    zero = family
    interval = Self.regular(separators)
  }

  /// The distance between separators that are all the same and at multiples of one position; 0 for others.
  private static func regular(_ separators: [Separator]) -> Int {
    guard let first = separators.first, separators.allSatisfy({ $0.character == first.character }) else { return 0 }
    let factor = separators.map(\.position).reduce(0) { gcd($0, $1) }
    guard factor > 0 else { return 0 }
    for index in 1...separators.count where !separators.contains(where: { $0.position == index * factor }) { return 0 }
    return factor
  }

  static func gcd(_ a: Int, _ b: Int) -> Int { b == 0 ? a : gcd(b, a % b) }

  func format(_ value: Double) throws -> String {
    let magnitude = value.magnitude
    var text: String
    switch style {
    case .letters: text = Numerals.letters(magnitude, upper: letterCase == .upper)
    case .roman: text = try Numerals.roman(magnitude, upper: letterCase == .upper)
    case .words:
      text = Numerals.words(magnitude, ordinal: isOrdinal)
      if letterCase == .upper { text = text.uppercased() } else if letterCase == .lower { text = text.lowercased() }
    case .decimal: text = decimal(magnitude)
    case .sequence(let token): throw JSONataError("D3130", value: .string(token))
    }
    return value < 0 ? "-" + text : text
  }

  private func decimal(_ value: Double) -> String {
    var digits = Array(Numbers.script(value).unicodeScalars)
    let missing = min(mandatoryDigits, 10_000) - digits.count
    if missing > 0 { digits = Array(repeating: "0", count: missing) + digits }
    if zero != 0x30 { digits = digits.map { Unicode.Scalar($0.value &+ zero &- 0x30) ?? $0 } }
    if interval > 0, let separator = separators.first {
      var place = digits.count - interval
      while place > 0 {
        digits.insert(separator.character, at: place)
        place -= interval
      }
    } else {
      for separator in separators.reversed() { digits.insert(separator.character, at: max(0, digits.count - separator.position)) }
    }
    var text = String(String.UnicodeScalarView(digits))
    if isOrdinal { text += Numerals.suffix(digits) }
    return text
  }

  /// The number that the text is; nil when it is none.
  func parse(_ text: String) throws -> Double? {
    switch style {
    case .letters: return Numerals.number(letters: text, upper: letterCase == .upper)
    case .roman: return Numerals.number(roman: letterCase == .upper ? text : text.uppercased())
    case .words: return Numerals.number(words: text.lowercased())
    case .sequence(let token): throw JSONataError("D3130", value: .string(token))
    case .decimal: break
    }
    var digits = Array(text.unicodeScalars)
    if isOrdinal { digits = digits.dropLast(2) }
    let passed: [Unicode.Scalar] = interval > 0 ? [","] : separators.map(\.character)
    digits = digits.filter { !passed.contains($0) }
    if zero != 0x30 { digits = digits.map { Unicode.Scalar($0.value &- zero &+ 0x30) ?? $0 } }
    let sign = digits.first == "-" ? -1.0 : 1.0
    let run = digits.drop { $0 == "-" || $0 == "+" || $0 == " " }.prefix { $0 >= "0" && $0 <= "9" }
    return Double(String(String.UnicodeScalarView(run))).map { $0 * sign }
  }
}
