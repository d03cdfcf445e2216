import JSON

/// How a number is written. Source: XPath and XQuery Functions and Operators 3.1, 4.7 fn:format-number, as the reference reads it.
struct NumberPicture {
  /// The characters that mean something, each of which may be chosen.
  struct Format {
    var decimalSeparator = "."
    var groupingSeparator = ","
    var exponentSeparator = "e"
    var minusSign = "-"
    var percent = "%"
    var perMille = "\u{2030}"
    var zeroDigit = "0"
    var digit = "#"
    var patternSeparator = ";"

    init(_ options: Value) {
      options.forEachMember { name, value in
        guard case .string(let text) = value else { return }
        switch name {
        case "decimal-separator": decimalSeparator = text
        case "grouping-separator": groupingSeparator = text
        case "exponent-separator": exponentSeparator = text
        case "minus-sign": minusSign = text
        case "percent": percent = text
        case "per-mille": perMille = text
        case "zero-digit": zeroDigit = text
        case "digit": digit = text
        case "pattern-separator": patternSeparator = text
        default: break
        }
      }
    }
  }

  /// What a sub-picture says.
  struct Part {
    var prefix = ""
    var suffix = ""
    var picture: [String] = []
    var integerGroups: [Int] = []
    var regularGroup = 0
    var leastInteger = 0
    var scale = 0
    var fractionGroups: [Int] = []
    var leastFraction = 0
    var mostFraction = 0
    var leastExponent = 0
  }

  let format: Format
  let digits: [String]
  private var parts: [Part] = []

  init(_ picture: String, _ options: Value) throws {
    format = Format(options)
    let zero = format.zeroDigit.unicodeScalars.first?.value ?? 48
    digits = (0..<10).map { Unicode.Scalar(zero &+ $0).map { String(Character($0)) } ?? "0" }
    let characters = picture.unicodeScalars.map { String(Character($0)) }
    let pictures = Self.split(characters, format.patternSeparator)
    guard pictures.count <= 2 else { throw JSONataError("D3080") }
    for picture in pictures { parts.append(try SubPicture(picture, format, digits).part()) }
    if parts.count == 1 {
      var negative = parts[0]
      negative.prefix = format.minusSign + negative.prefix
      parts.append(negative)
    }
  }

  private static func split(_ characters: [String], _ separator: String) -> [[String]] {
    characters.split(separator: separator, omittingEmptySubsequences: false).map(Array.init)
  }

  func format(_ value: Double) throws -> String {
    let part = value >= 0 ? parts[0] : parts[1]
    var adjusted = value
    let joined = part.picture.joined()
    if part.picture.contains(format.percent) {
      adjusted *= 100
    } else if Text.find(format.perMille, in: joined) != nil {
      adjusted *= 1000
    }
    var mantissa = adjusted
    var exponent: Int?
    if part.leastExponent > 0 { (mantissa, exponent) = scaled(adjusted, part) }
    let rounded = Numbers.round(mantissa, min(part.mostFraction, 400))
    var text = digits(rounded, part.mostFraction)
    var point = text.firstIndex(of: ".") ?? text.count
    if point == text.count { text.append(".") }
    while text.first == format.zeroDigit {
      text.removeFirst()
      point -= 1
    }
    while text.last == format.zeroDigit { text.removeLast() }
    text = Array(repeating: format.zeroDigit, count: max(0, part.leastInteger - point)) + text
    point = max(point, part.leastInteger)
    text += Array(repeating: format.zeroDigit, count: max(0, part.leastFraction - (text.count - point - 1)))
    group(&text, &point, part)
    text[point] = format.decimalSeparator
    if !part.picture.contains(format.decimalSeparator) || point == text.count - 1 { text.removeLast() }
    if let exponent {
      var power = digits(Double(exponent), 0)
      power = Array(repeating: format.zeroDigit, count: max(0, part.leastExponent - power.count)) + power
      text += [format.exponentSeparator] + (exponent < 0 ? [format.minusSign] : []) + power
    }
    return part.prefix + text.joined() + part.suffix
  }

  /// The number as a mantissa with as many digits before the point as the picture has, and a power of ten.
  private func scaled(_ value: Double, _ part: Part) -> (Double, Int) {
    var most = 1.0
    for _ in 0..<min(part.scale, 300) { most *= 10 }
    let least = most / 10
    var mantissa = value
    var exponent = 0
    if mantissa == 0 || !mantissa.isFinite { return (mantissa, 0) }
    while mantissa.magnitude < least {
      mantissa *= 10
      exponent -= 1
    }
    while mantissa.magnitude > most {
      mantissa /= 10
      exponent += 1
    }
    return (mantissa, exponent)
  }

  /// The digits, with `.` for the point.
  private func digits(_ value: Double, _ places: Int) -> [String] {
    Numbers.formatted(value.magnitude, min(places, 100), "f").utf8.map {
      $0 == UInt8(ascii: ".") ? "." : digits[max(0, min(9, Int($0) - 48))]
    }
  }

  private func group(_ text: inout [String], _ point: inout Int, _ part: Part) {
    if part.regularGroup > 0 {
      var place = point - part.regularGroup
      while place > 0 {
        text.insert(format.groupingSeparator, at: place)
        point += 1
        place -= part.regularGroup
      }
    } else {
      for distance in part.integerGroups where point - distance >= 0 {
        text.insert(format.groupingSeparator, at: point - distance)
        point += 1
      }
    }
    for distance in part.fractionGroups where point + distance + 1 <= text.count {
      text.insert(format.groupingSeparator, at: point + distance + 1)
    }
  }
}
