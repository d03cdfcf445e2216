import Time

/// The times of dashboards and widgets: absolute, or so long before now.
enum DashboardTime {
  /// Seconds of `-PT3H`, `-P7D`, `-P1M`; nil for any other text. Minutes and hours stand behind the T, a month has 30 days. What is no time
  /// at all has no sign as well: AWS's console writes `P0D`.
  static func ago(_ text: String) -> Int64? {
    var rest = Substring(text)
    let isBefore = rest.hasPrefix("-")
    if isBefore { rest = rest.dropFirst() }
    guard rest.popFirst() == "P" else { return nil }
    var (seconds, isTime, any): (Int64, Bool, Bool) = (0, false, false)
    while let first = rest.first {
      if first == "T", !isTime {
        isTime = true
        rest = rest.dropFirst()
        continue
      }
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard (1...9).contains(digits.count), let number = Int64(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      guard let unit = rest.popFirst() else { return nil }
      let length: Int64
      switch (unit, isTime) {
      case ("S", true): length = 1
      case ("M", true): length = 60
      case ("H", true): length = 3_600
      case ("D", false): length = 86_400
      case ("W", false): length = 7 * 86_400
      case ("M", false): length = 30 * 86_400
      case ("Y", false): length = 365 * 86_400
      default: return nil
      }
      seconds += number * length
      any = true
    }
    return any && (isBefore || seconds == 0) ? seconds : nil
  }

  /// An instant of either form; nil for a text that is neither.
  static func instant(_ text: String, now: Timestamp) -> Timestamp? {
    if let seconds = ago(text) { return now - .seconds(seconds) }
    return Timestamp(iso8601: text)
  }
}
