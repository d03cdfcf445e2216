import JSON

/// How an instant is written. Source: XPath and XQuery Functions and Operators 3.1, 9.8.4.
struct DatePicture {
  enum NameCase {
    case upper, lower, title
  }

  struct Marker {
    var component: Character
    var modifier = ""
    /// `t` for traditional, `o` for ordinal.
    var second: Character?
    var least: Int?
    var most: Int?
    var hasWidth = false
    var names: NameCase?
    var integer: IntegerPicture?
    /// How many digits of the year are shown, -1 for all.
    var yearDigits = -1
  }

  enum Part {
    case literal(String)
    case marker(Marker)
  }

  private(set) var parts: [Part] = []

  static let iso8601 = try? DatePicture("[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]")

  init(_ picture: String) throws {
    let characters = Array(picture)
    var start = 0
    var place = 0
    while place < characters.count {
      guard characters[place] == "[" else {
        place += 1
        continue
      }
      add(literal: characters[start..<place])
      if place + 1 < characters.count, characters[place + 1] == "[" {
        parts.append(.literal("["))
        place += 2
        start = place
        continue
      }
      guard let end = characters[place...].firstIndex(of: "]") else { throw JSONataError("D3135") }
      try add(marker: characters[(place + 1)..<end].filter { !$0.isWhitespace })
      place = end + 1
      start = place
    }
    add(literal: characters[start...])
  }

  private mutating func add(literal characters: ArraySlice<Character>) {
    guard !characters.isEmpty else { return }
    var text = ""
    var isDoubled = false
    for character in characters {
      if character == "]", text.last == "]", !isDoubled {
        isDoubled = true
        continue
      }
      isDoubled = false
      text.append(character)
    }
    parts.append(.literal(text))
  }

  private static let defaults: [Character: String] = [
    "Y": "1", "M": "1", "D": "1", "d": "1", "F": "n", "W": "1", "w": "1", "X": "1", "x": "1", "H": "1", "h": "1", "P": "n", "m": "01",
    "s": "01", "f": "1", "Z": "01:01", "z": "01:01", "C": "n", "E": "n",
  ]
  static let numeric: Set<Character> = ["Y", "M", "D", "d", "F", "W", "w", "X", "x", "H", "h", "m", "s", "f"]

  private mutating func add(marker text: [Character]) throws {
    var marker = Marker(component: text.first ?? " ")
    var modifier = String(text.dropFirst())
    if let comma = text.lastIndex(of: ",") {
      modifier = comma > 0 ? String(text[1..<max(1, comma)]) : ""
      marker.hasWidth = true
      let widths = String(text[(comma + 1)...]).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      marker.least = widths.first.flatMap { Self.width($0) }
      if widths.count > 1 { marker.most = Self.width(widths[1]) }
    }
    if modifier.count > 1, let last = modifier.last, "atco".contains(last) {
      marker.second = last
      modifier.removeLast()
    }
    if modifier.isEmpty {
      guard let standard = Self.defaults[marker.component] else {
        throw JSONataError("D3132", value: .string(text.isEmpty ? "" : String(marker.component)))
      }
      modifier = standard
    }
    marker.modifier = modifier
    if modifier.hasPrefix("n") {
      marker.names = .lower
    } else if modifier.hasPrefix("N") {
      marker.names = modifier.hasPrefix("Nn") ? .title : .upper
    } else if Self.numeric.contains(marker.component) {
      try number(&marker)
    }
    if marker.component == "Z" || marker.component == "z" { marker.integer = try IntegerPicture(modifier) }
    parts.append(.marker(marker))
  }

  private static func width(_ text: Substring) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    return text == "*" ? nil : Int(digits).map { min($0, 1_000) }
  }

  private mutating func number(_ marker: inout Marker) throws {
    var picture = try IntegerPicture(marker.modifier + (marker.second.map { ";\($0)" } ?? ""))
    if let least = marker.least { picture.mandatoryDigits = max(picture.mandatoryDigits, least) }
    if marker.component == "Y" {
      if let most = marker.most {
        marker.yearDigits = most
        picture.mandatoryDigits = most
      } else if case let digits = picture.mandatoryDigits + picture.optionalDigits, digits >= 2 {
        marker.yearDigits = digits
      }
    }
    marker.integer = picture
    // A number right after another one decides how long that one is when it is read.
    if case .marker(var previous)? = parts.last, let digits = previous.integer?.mandatoryDigits {
      previous.integer?.parseWidth = digits
      parts[parts.count - 1] = .marker(previous)
    }
  }
}
