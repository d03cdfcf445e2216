import JSON

/// A sub-picture of `$formatNumber` on its way to what it says. Source: F&O 3.1, 4.7.3 and 4.7.4.
struct SubPicture {
  let picture: [String]
  let format: NumberPicture.Format
  let digits: [String]
  private var prefix: [String] = []
  private var suffix: [String] = []
  private var active: [String] = []
  private var mantissa: [String] = []
  private var integer: [String] = []
  private var fraction: [String] = []
  private var exponent: [String]?

  init(_ picture: [String], _ format: NumberPicture.Format, _ digits: [String]) throws {
    self.picture = picture
    self.format = format
    self.digits = digits
    split()
    if let code = refusal { throw JSONataError(code) }
  }

  private func isDigit(_ character: String) -> Bool { digits.contains(character) }
  private func counts(_ character: String) -> Bool { isDigit(character) || character == format.digit }

  private func isActive(_ character: String) -> Bool {
    isDigit(character) || character == format.decimalSeparator || character == format.exponentSeparator
      || character == format.groupingSeparator || character == format.digit || character == format.patternSeparator
  }

  private mutating func split() {
    let first = picture.firstIndex { isActive($0) && $0 != format.exponentSeparator }
    let last = picture.lastIndex { isActive($0) && $0 != format.exponentSeparator }
    prefix = first.map { Array(picture[..<$0]) } ?? []
    suffix = last.map { Array(picture[($0 + 1)...]) } ?? []
    active = Array(picture[prefix.count..<max(prefix.count, picture.count - suffix.count)])
    mantissa = active
    if let place = picture[prefix.count...].firstIndex(of: format.exponentSeparator), place <= picture.count - suffix.count {
      let inner = place - prefix.count
      mantissa = Array(active.prefix(inner))
      exponent = Array(active.dropFirst(inner + 1))
    }
    if let point = mantissa.firstIndex(of: format.decimalSeparator) {
      integer = Array(mantissa[..<point])
      fraction = Array(mantissa[(point + 1)...])
    } else {
      integer = mantissa
      fraction = suffix
    }
  }

  /// The code of the last rule that the picture breaks.
  private var refusal: String? {
    var code: String?
    func count(_ character: String) -> Int { picture.count { $0 == character } }
    let text = picture.joined()
    let hasPerMille = Text.find(format.perMille, in: text) != nil
    if count(format.decimalSeparator) > 1 { code = "D3081" }
    if count(format.percent) > 1 { code = "D3082" }
    if let place = Text.find(format.perMille, in: text), Text.find(format.perMille, in: text, from: place + 1) != nil { code = "D3083" }
    if count(format.percent) > 0, hasPerMille { code = "D3084" }
    if !mantissa.contains(where: { counts($0) }) { code = "D3085" }
    if !active.allSatisfy({ isActive($0) }) { code = "D3086" }
    if let point = picture.firstIndex(of: format.decimalSeparator) {
      let isBefore = point > 0 && picture[point - 1] == format.groupingSeparator
      if isBefore || (point + 1 < picture.count && picture[point + 1] == format.groupingSeparator) { code = "D3087" }
    } else if integer.last == format.groupingSeparator {
      code = "D3088"
    }
    if zip(picture, picture.dropFirst()).contains(where: { $0 == format.groupingSeparator && $1 == format.groupingSeparator }) {
      code = "D3089"
    }
    if let place = integer.firstIndex(of: format.digit), integer[..<place].contains(where: { isDigit($0) }) { code = "D3090" }
    if let place = fraction.lastIndex(of: format.digit), fraction[place...].contains(where: { isDigit($0) }) { code = "D3091" }
    if let exponent {
      if !exponent.isEmpty, count(format.percent) > 0 || hasPerMille { code = "D3092" }
      if exponent.isEmpty || !exponent.allSatisfy({ isDigit($0) }) { code = "D3093" }
    }
    return code
  }

  /// How many digits are left, or right, of each separator.
  private func groups(_ part: [String], toLeft: Bool) -> [Int] {
    var positions: [Int] = []
    for (place, character) in part.enumerated() where character == format.groupingSeparator {
      positions.append((toLeft ? part[..<place] : part[place...]).count { counts($0) })
    }
    return positions
  }

  func part() -> NumberPicture.Part {
    var part = NumberPicture.Part()
    part.prefix = prefix.joined()
    part.suffix = suffix.joined()
    part.picture = picture
    part.integerGroups = groups(integer, toLeft: false)
    part.regularGroup = Self.regular(part.integerGroups)
    part.fractionGroups = groups(fraction, toLeft: true)
    part.leastInteger = integer.count { isDigit($0) }
    part.scale = part.leastInteger
    part.leastFraction = fraction.count { isDigit($0) }
    part.mostFraction = fraction.count { counts($0) }
    if part.leastInteger == 0, part.mostFraction == 0 {
      if exponent != nil {
        part.leastFraction = 1
        part.mostFraction = 1
      } else {
        part.leastInteger = 1
      }
    }
    if exponent != nil, part.leastInteger == 0, integer.contains(format.digit) { part.leastInteger = 1 }
    if part.leastInteger == 0, part.leastFraction == 0 { part.leastFraction = 1 }
    part.leastExponent = exponent.map { $0.count { isDigit($0) } } ?? 0
    return part
  }

  /// The distance between separators at multiples of one position; 0 for others.
  private static func regular(_ positions: [Int]) -> Int {
    let factor = positions.reduce(0) { IntegerPicture.gcd($0, $1) }
    guard factor > 0 else { return 0 }
    for index in 1...positions.count where !positions.contains(index * factor) { return 0 }
    return factor
  }
}
