import Time

/// The fields of a cron expression, each as the set of its values.
struct Cron: Sendable, Hashable {
  /// Bit sets by value. Only second 0 where the expression has six fields.
  let seconds: UInt64
  let minutes: UInt64
  let hours: UInt64
  let months: UInt64
  let days: Days
  /// Ascending; nil for every year to 2199.
  let years: [Int]?

  enum Days: Sendable, Hashable {
    /// Of the month: a bit set; also the last day, the last weekday, and the weekdays nearest to days of a bit set.
    case month(days: UInt64, last: Bool, lastWeekday: Bool, nearest: UInt64)
    /// Of the week: a bit set (0 is Sunday); also the last of a month, and the n-th as (weekday, n).
    case week(days: UInt64, last: UInt64, nth: [Pair])
  }
  struct Pair: Sendable, Hashable {
    var day: Int
    var week: Int
  }

  typealias Flaw = ScheduleExpression.Flaw
  static let lastYear = 2_199

  init(_ text: String, _ precision: ScheduleExpression.Precision) throws(Flaw) {
    var fields = text.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
    if precision == .seconds, fields.count == 7 {
      seconds = try Self.bits(try Self.field(fields.removeFirst(), "seconds", 0...59))
    } else {
      seconds = 1
    }
    guard fields.count == 6 else {
      throw Flaw("cron has six fields (minutes hours day-of-month month day-of-week year), not \(fields.count)")
    }
    minutes = try Self.bits(try Self.field(fields[0], "minutes", 0...59))
    hours = try Self.bits(try Self.field(fields[1], "hours", 0...23))
    months = try Self.bits(try Self.field(fields[3], "month", 1...12, names: Self.monthNames))
    switch (fields[2] == "?", fields[4] == "?") {
    case (true, false): days = try Self.weekdays(fields[4])
    case (false, true): days = try Self.monthdays(fields[2])
    case (true, true): throw Flaw("one of day-of-month and day-of-week must say which days")
    case (false, false): throw Flaw("one of day-of-month and day-of-week must be ?")
    }
    years = fields[5] == "*" ? nil : try Self.field(fields[5], "year", 1_970...Self.lastYear).sorted()
  }

  private static let monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
  private static let dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

  private static func bits(_ values: [Int]) throws(Flaw) -> UInt64 { values.reduce(0) { $0 | 1 << UInt64($1) } }

  /// The values of a list of numbers, names, ranges and steps.
  private static func field(_ text: String, _ name: String, _ range: ClosedRange<Int>, names: [String] = []) throws(Flaw) -> [Int] {
    if isNumber(text) { return [try value(text, name, range, names)] }
    var values: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      values += try item(String(part), name, range, names)
    }
    return Array(Set(values))
  }

  private static func item(_ text: String, _ name: String, _ range: ClosedRange<Int>, _ names: [String]) throws(Flaw) -> [Int] {
    let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    var step = 1
    if halves.count == 2 {
      guard halves[1].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(halves[1]), number > 0, number <= range.upperBound else {
        throw Flaw("the step '\(halves[1])' of the field \(name) must be 1 to \(range.upperBound)")
      }
      step = number
    }
    let base = halves[0]
    if base == "*" { return Array(stride(from: range.lowerBound, through: range.upperBound, by: step)) }
    let ends = base.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let first = try value(ends[0], name, range, names)
    guard ends.count == 2 else {
      return halves.count == 2 ? Array(stride(from: first, through: range.upperBound, by: step)) : [first]
    }
    let last = try value(ends[1], name, range, names)
    if first <= last { return Array(stride(from: first, through: last, by: step)) }
    guard name != "year" else { throw Flaw("the range '\(base)' of the field year goes backwards") }
    // Over the end: FRI-MON, NOV-FEB.
    let width = range.count
    return stride(from: first, through: last + width, by: step).map { ($0 - range.lowerBound) % width + range.lowerBound }
  }

  private static func value(_ text: String, _ name: String, _ range: ClosedRange<Int>, _ names: [String]) throws(Flaw) -> Int {
    let isDigits = isNumber(text)
    if !isDigits, let position = names.firstIndex(of: text.uppercased()) { return position + range.lowerBound }
    guard isDigits, text.utf8.count <= 4, let number = Int(text), range.contains(number)
    else { throw Flaw("'\(text)' is no value of the field \(name): it takes \(range.lowerBound) to \(range.upperBound)") }
    return number
  }

  private static func isNumber(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }

  private static func monthdays(_ text: String) throws(Flaw) -> Days {
    var days: UInt64 = 0
    var nearest: UInt64 = 0
    var (last, lastWeekday) = (false, false)
    for part in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      switch part.uppercased() {
      case "L": last = true
      case "LW", "WL": lastWeekday = true
      case let word where word.hasSuffix("W"): nearest |= 1 << UInt64(try value(String(word.dropLast()), "day-of-month", 1...31, []))
      default: days |= try bits(try item(part, "day-of-month", 1...31, []))
      }
    }
    return .month(days: days, last: last, lastWeekday: lastWeekday, nearest: nearest)
  }

  private static func weekdays(_ text: String) throws(Flaw) -> Days {
    var days: UInt64 = 0
    var last: UInt64 = 0
    var nth: [Pair] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      let word = part.uppercased()
      if word == "L" {
        // The last day of the week.
        days |= 1 << 6
      } else if let hash = word.firstIndex(of: "#") {
        let day = try value(String(word[..<hash]), "day-of-week", 1...7, dayNames)
        let week = try value(String(word[word.index(after: hash)...]), "day-of-week", 1...5, [])
        nth.append(Pair(day: day - 1, week: week))
      } else if word.hasSuffix("L"), word != "L" {
        last |= 1 << UInt64(try value(String(word.dropLast()), "day-of-week", 1...7, dayNames) - 1)
      } else {
        // 1 is Sunday.
        days |= try bits(try item(part, "day-of-week", 1...7, dayNames)) >> 1
      }
    }
    // Source: EventBridge User Guide: with # there is only one expression in the field.
    guard nth.isEmpty || !text.contains(",") else { throw Flaw("a day-of-week with # stands alone") }
    return .week(days: days, last: last, nth: nth)
  }

  /// The days of a month on which it fires, as a bit set.
  func days(of month: Int, year: Int) -> UInt64 {
    let count = CivilDate.daysIn(month: month, year: year)
    let all: UInt64 = ((1 << UInt64(count)) - 1) << 1
    let first = CivilDate(year: year, month: month, day: 1).weekday
    func weekday(_ day: Int) -> Int { (first + day - 1) % 7 }
    var found: UInt64 = 0
    switch days {
    case .month(let days, let last, let lastWeekday, let nearest):
      found = days & all
      if last { found |= 1 << UInt64(count) }
      if lastWeekday {
        var day = count
        while weekday(day) == 0 || weekday(day) == 6 { day -= 1 }
        found |= 1 << UInt64(day)
      }
      if nearest != 0 {
        for wanted in 1...count where nearest & 1 << UInt64(wanted) != 0 {
          var day = wanted
          // Never over the end of the month.
          if weekday(day) == 6 { day += day == 1 ? 2 : -1 }
          if weekday(day) == 0 { day += day == count ? -2 : 1 }
          found |= 1 << UInt64(day)
        }
      }
    case .week(let days, let last, let nth):
      for day in 1...count {
        let bit: UInt64 = 1 << UInt64(weekday(day))
        if days & bit != 0 || (last & bit != 0 && day + 7 > count) { found |= 1 << UInt64(day) }
      }
      for pair in nth {
        let day = 1 + (pair.day - first + 7) % 7 + (pair.week - 1) * 7
        if day <= count { found |= 1 << UInt64(day) }
      }
    }
    return found
  }
}
