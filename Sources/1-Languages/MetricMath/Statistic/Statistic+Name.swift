extension Statistic: CustomStringConvertible {
  /// A statistic of its name as the API has it; nil for any other text.
  public init?(_ name: String) {
    switch name {
    case "SampleCount": self = .sampleCount
    case "Sum": self = .sum
    case "Average": self = .average
    case "Minimum": self = .minimum
    case "Maximum": self = .maximum
    case "IQM":
      guard let middle = Bounds(25, 75, .percent) else { return nil }
      self = .trimmedMean(middle)
    default:
      // 255 characters are more than any bound needs.
      guard name.utf8.count <= 255, let extended = Self.extended(name) else { return nil }
      self = extended
    }
  }

  private static func extended(_ name: String) -> Statistic? {
    var scanner = TextScanner(name)
    let prefix = scanner.takeWhile(\.isLetter)
    // Small letters take one percent, capitals a range.
    if ["p", "tm", "wm", "tc", "ts"].contains(prefix) {
      guard let percent = percent(&scanner), scanner.isAtEnd else { return nil }
      if prefix == "p" { return .percentile(percent) }
      return Bounds(nil, percent, .percent).flatMap { make(prefix.uppercased(), $0) }
    }
    guard ["TM", "WM", "TC", "TS", "PR"].contains(prefix), let bounds = range(&scanner) else { return nil }
    return make(prefix, bounds)
  }

  private static func make(_ prefix: String, _ bounds: Bounds) -> Statistic? {
    switch prefix {
    case "TM": .trimmedMean(bounds)
    case "WM": .winsorizedMean(bounds)
    case "TC": .trimmedCount(bounds)
    case "TS": .trimmedSum(bounds)
    case "PR": bounds.unit == .value ? .percentileRank(bounds) : nil
    default: nil
    }
  }

  /// 0...100 with up to ten decimal places. AWS takes 100.5 for 100.
  private static func percent(_ scanner: inout TextScanner) -> Double? {
    guard let value = decimal(&scanner), value >= 0, value < 101 else { return nil }
    return Swift.min(value, 100)
  }

  private static func decimal(_ scanner: inout TextScanner) -> Double? {
    let sign = scanner.take("-") ? -1.0 : 1.0
    let whole = scanner.takeWhile(\.isDigit)
    var fraction = ""
    if scanner.take(".") { fraction = scanner.takeWhile(\.isDigit) }
    guard !(whole.isEmpty && fraction.isEmpty), whole.utf8.count <= 18, fraction.utf8.count <= 10 else { return nil }
    return Double("\(whole.isEmpty ? "0" : whole).\(fraction.isEmpty ? "0" : fraction)").map { $0 * sign }
  }

  /// `(a:b)`, either of which may be missing.
  private static func range(_ scanner: inout TextScanner) -> Bounds? {
    guard scanner.take("("), let (lower, lowerPercent) = bound(&scanner), scanner.take(":"),
      let (upper, upperPercent) = bound(&scanner), scanner.take(")"), scanner.isAtEnd
    else { return nil }
    if lower != nil, upper != nil, lowerPercent != upperPercent { return nil }
    return Bounds(lower, upper, lowerPercent || upperPercent ? .percent : .value)
  }

  private static func bound(_ scanner: inout TextScanner) -> (Double?, Bool)? {
    if scanner.peek == UInt8(ascii: ":") || scanner.peek == UInt8(ascii: ")") { return (nil, false) }
    guard let value = decimal(&scanner) else { return nil }
    return (value, scanner.take("%"))
  }

  /// The name as the API has it.
  public var description: String {
    switch self {
    case .sampleCount: "SampleCount"
    case .sum: "Sum"
    case .average: "Average"
    case .minimum: "Minimum"
    case .maximum: "Maximum"
    case .percentile(let percent): "p\(percent.words)"
    case .trimmedMean(let bounds): bounds.named("tm", "TM")
    case .winsorizedMean(let bounds): bounds.named("wm", "WM")
    case .trimmedCount(let bounds): bounds.named("tc", "TC")
    case .trimmedSum(let bounds): bounds.named("ts", "TS")
    case .percentileRank(let bounds): bounds.named("pr", "PR")
    }
  }
}

extension Statistic.Bounds {
  fileprivate func named(_ short: String, _ long: String) -> String {
    let sign = unit == .percent ? "%" : ""
    if unit == .percent, lower == nil, let upper { return "\(short)\(upper.words)" }
    if unit == .percent, lower == 25, upper == 75, long == "TM" { return "IQM" }
    return "\(long)(\(lower.map { $0.words + sign } ?? ""):\(upper.map { $0.words + sign } ?? ""))"
  }
}

extension Double {
  /// In decimal without an exponent where that is short, and without ".0".
  fileprivate var words: String {
    guard magnitude < 1e15, magnitude >= 1e-10 || self == 0 else { return "\(self)" }
    let whole = Int64(magnitude)
    var fraction = UInt64(((magnitude - Double(whole)) * 1e10).rounded())
    let carried = fraction >= 10_000_000_000
    if carried { fraction = 0 }
    let digits = String(String(fraction + 10_000_000_000).dropFirst())
    var kept = Substring(digits)
    while kept.last == "0" { kept.removeLast() }
    return "\(self < 0 ? "-" : "")\(whole + (carried ? 1 : 0))\(kept.isEmpty ? "" : ".\(kept)")"
  }
}
