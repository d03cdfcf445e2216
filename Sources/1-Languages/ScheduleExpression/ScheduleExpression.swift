import Time

/// Why a text is no schedule expression, in the sentence of AWS's ValidationException.
public struct ScheduleExpressionError: Error, Sendable, Equatable, CustomStringConvertible {
  public let message: String
  /// What is wrong with it, more exactly than AWS says.
  public let reason: String
  public var description: String { "\(message) (\(reason))" }
}

/// `cron(...)`, `rate(...)` or `at(...)`.
///
/// Source: EventBridge Scheduler User Guide, "Schedule types"; Amazon EventBridge User Guide, "Creating a rule that runs on a schedule".
public struct ScheduleExpression: Sendable, Hashable {
  public enum Dialect: Sendable {
    /// EventBridge Scheduler.
    case scheduler
    /// Rules of EventBridge, which have no `at`.
    case rule
  }

  /// How fine an expression may be.
  public enum Precision: Sendable {
    /// As AWS has it: a minute, but for `at`, which names a second.
    case minutes
    /// Beyond AWS: `rate(10 seconds)`; `cron` with a seventh field for the seconds before the six, as `cron(0/10 * * * * ? *)`; and `at`
    /// with one to six decimals of the second, as `at(2027-01-31T09:30:00.250)`.
    case seconds
  }

  enum Kind: Sendable, Hashable {
    case cron(Cron)
    /// Seconds.
    case rate(Int64)
    /// A second and the microseconds after it.
    case at(CivilDate, Int64)
  }

  /// As written.
  public let text: String
  let kind: Kind

  /// Throws with AWS's sentence for the dialect.
  public init(_ text: String, dialect: Dialect, precision: Precision = .minutes) throws(ScheduleExpressionError) {
    self.text = text
    func fail(_ reason: String) -> ScheduleExpressionError {
      let message =
        switch dialect {
        case .scheduler: "Invalid Schedule Expression \(text)."
        case .rule: "Parameter ScheduleExpression is not valid."
        }
      return ScheduleExpressionError(message: message, reason: reason)
    }
    guard text.utf8.count <= 256 else { throw fail("it is longer than 256 characters") }
    guard let open = text.firstIndex(of: "("), text.hasSuffix(")") else {
      throw fail("it must be cron(...), rate(...)\(dialect == .scheduler ? " or at(...)" : "")")
    }
    let inner = String(text[text.index(after: open)...].dropLast())
    do throws(Flaw) {
      switch text[..<open] {
      case "cron": kind = .cron(try Cron(inner, precision))
      case "rate": kind = .rate(try Self.rate(inner, dialect, precision))
      case "at" where dialect == .scheduler:
        let at = try Self.at(inner, precision)
        kind = .at(at.date, at.microseconds)
      default: throw Flaw("it must be cron(...), rate(...)\(dialect == .scheduler ? " or at(...)" : "")")
      }
    } catch { throw fail(error.reason) }
  }

  /// What is wrong with a part.
  struct Flaw: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private static func rate(_ text: String, _ dialect: Dialect, _ precision: Precision) throws(Flaw) -> Int64 {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 2, words[0].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let value = Int64(words[0]) else {
      throw Flaw("a rate is a whole number and a unit, as in rate(5 minutes)")
    }
    var units: [String: Int64] = ["minute": 60, "minutes": 60, "hour": 3_600, "hours": 3_600, "day": 86_400, "days": 86_400]
    if precision == .seconds {
      units["second"] = 1
      units["seconds"] = 1
    }
    guard let unit = units[String(words[1])] else { throw Flaw("the unit of a rate is minutes, hours or days, not \(words[1])") }
    guard value > 0, value <= 5_000_000 else { throw Flaw("the number of a rate must be 1 to 5,000,000") }
    // One is singular and all else plural, as rules want it. Scheduler is documented to take `minutes`, `hours` and `days` for any value.
    let isPlural = words[1].hasSuffix("s")
    guard value == 1 ? !isPlural || dialect == .scheduler : isPlural else {
      throw Flaw(value == 1 ? "1 takes the unit without s" : "\(value) takes the unit with s")
    }
    return value * unit
  }

  private static func at(_ text: String, _ precision: Precision) throws(Flaw) -> (date: CivilDate, microseconds: Int64) {
    var bytes = Array(text.utf8)
    let flaw = Flaw("at takes a date and time like at(2027-01-31T09:30:00)")
    var microseconds: Int64 = 0
    if precision == .seconds, bytes.count > 20, bytes.count <= 26, bytes[19] == 46 {
      guard bytes[20...].allSatisfy({ $0 >= 48 && $0 <= 57 }) else { throw flaw }
      for place in 20..<26 { microseconds = microseconds * 10 + (place < bytes.count ? Int64(bytes[place]) - 48 : 0) }
      bytes.removeSubrange(19...)
    }
    guard bytes.count == 19 else { throw flaw }
    for (position, byte) in bytes.enumerated() {
      let wanted: UInt8? = [4: 45, 7: 45, 10: 84, 13: 58, 16: 58][position]
      guard wanted.map({ $0 == byte }) ?? (byte >= 48 && byte <= 57) else { throw flaw }
    }
    func number(_ from: Int, _ count: Int) -> Int { bytes[from..<from + count].reduce(0) { $0 * 10 + Int($1) - 48 } }
    let date = CivilDate(
      year: number(0, 4), month: number(5, 2), day: number(8, 2), hour: number(11, 2), minute: number(14, 2), second: number(17, 2))
    guard (1...12).contains(date.month), date.day >= 1, date.day <= CivilDate.daysIn(month: date.month, year: date.year) else {
      throw Flaw("there is no such date")
    }
    guard date.hour < 24, date.minute < 60, date.second < 60 else { throw Flaw("there is no such time of day") }
    return (date, microseconds)
  }
}
