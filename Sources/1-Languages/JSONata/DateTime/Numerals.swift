/// Numbers in words, Roman numerals and letters.
enum Numerals {
  private static let few = [
    "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve", "Thirteen", "Fourteen",
    "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
  ]
  private static let ordinals = [
    "Zeroth", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth", "Eleventh", "Twelfth",
    "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth",
  ]
  private static let decades = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety", "Hundred"]
  private static let magnitudes = ["Thousand", "Million", "Billion", "Trillion"]

  static func words(_ number: Double, ordinal: Bool) -> String { words(number, after: false, ordinal) }

  private static func words(_ number: Double, after: Bool, _ ordinal: Bool) -> String {
    if number <= 19 { return (after ? " and " : "") + (ordinal ? ordinals : few)[Numbers.clampedInt(number)] }
    if number < 100 {
      let rest = number.truncatingRemainder(dividingBy: 10)
      let text = (after ? " and " : "") + decades[Int(number / 10) - 2]
      if rest > 0 { return text + "-" + words(rest, after: false, ordinal) }
      return ordinal ? text.dropLast() + "ieth" : text
    }
    if number < 1000 {
      let rest = number.truncatingRemainder(dividingBy: 100)
      return ended((after ? ", " : "") + few[Int(number / 100)] + " Hundred", rest, ordinal)
    }
    var magnitude = 1
    var factor = 1e3
    while magnitude < magnitudes.count, number >= factor * 1000 {
      magnitude += 1
      factor *= 1000
    }
    let mantissa = (number / factor).rounded(.down)
    guard mantissa.isFinite else { return "Infinity" }
    return ended(
      (after ? ", " : "") + words(mantissa, after: false, false) + " " + magnitudes[magnitude - 1], number - mantissa * factor, ordinal)
  }

  private static func ended(_ text: String, _ rest: Double, _ ordinal: Bool) -> String {
    if rest > 0 { return text + words(rest, after: true, ordinal) }
    return ordinal ? text + "th" : text
  }

  private static let values: [String: Double] = {
    var values: [String: Double] = ["hundredth": 100]
    for (index, word) in few.enumerated() { values[word.lowercased()] = Double(index) }
    for (index, word) in ordinals.enumerated() { values[word.lowercased()] = Double(index) }
    for (index, word) in decades.enumerated() {
      values[word.lowercased()] = Double((index + 2) * 10)
      values[word.lowercased().dropLast() + "ieth"] = Double((index + 2) * 10)
    }
    var value = 1.0
    for word in magnitudes {
      value *= 1000
      values[word.lowercased()] = value
      values[word.lowercased() + "th"] = value
    }
    return values
  }()

  /// All words, for a pattern that finds them.
  static var vocabulary: [String] { values.keys.sorted { $0.count != $1.count ? $0.count > $1.count : $0 < $1 } + ["and", "[\\-, ]"] }

  static func number(words text: String) -> Double? {
    var parts = [Double]()
    for word in text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "-" || $0 == "\t" || $0 == "\n" }) where word != "and" {
      guard let value = values[String(word)] else { return nil }
      if value < 100 {
        if let top = parts.last, top < 1000 { parts[parts.count - 1] = top + value } else { parts.append(value) }
      } else {
        let top = parts.popLast() ?? 0
        parts.append(top * value)
      }
    }
    return parts.isEmpty ? nil : parts.reduce(0, +)
  }

  private static let romans: [(Double, String)] = [
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"),
    (4, "iv"), (1, "i"),
  ]

  static func roman(_ number: Double, upper: Bool) throws -> String {
    // A letter for each thousand.
    if number > 1e7 { throw Machine.exceeded("\(Numbers.script(number)) is too large for Roman numerals") }
    var rest = number
    var text = ""
    for (value, letters) in romans {
      while rest >= value {
        text += letters
        rest -= value
      }
    }
    return upper ? text.uppercased() : text
  }

  static func number(roman text: String) -> Double? {
    let values: [Character: Double] = ["M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1]
    var number = 0.0
    var greatest = 1.0
    for character in text.reversed() {
      guard let value = values[character] else { return nil }
      if value < greatest {
        number -= value
      } else {
        greatest = value
        number += value
      }
    }
    return number
  }

  static func letters(_ number: Double, upper: Bool) -> String {
    var letters: [UInt8] = []
    var rest = number
    while rest > 0, rest.isFinite {
      letters.append(UInt8((rest - 1).truncatingRemainder(dividingBy: 26)) + (upper ? 65 : 97))
      rest = ((rest - 1) / 26).rounded(.down)
    }
    return String(decoding: letters.reversed(), as: UTF8.self)
  }

  static func number(letters text: String, upper: Bool) -> Double? {
    var number = 0.0
    for unit in text.utf16 { number = number * 26 + Double(Int(unit) - (upper ? 65 : 97) + 1) }
    return number
  }

  /// `st`, `nd`, `rd` or `th`.
  static func suffix(_ digits: [Unicode.Scalar]) -> String {
    let isTeen = digits.count > 1 && digits[digits.count - 2] == "1"
    switch digits.last {
    case "1" where !isTeen: return "st"
    case "2" where !isTeen: return "nd"
    case "3" where !isTeen: return "rd"
    default: return "th"
    }
  }
}
