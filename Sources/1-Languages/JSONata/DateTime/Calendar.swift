import Time

/// The components of an instant in UTC, as the pictures name them.
struct Calendar {
  let millis: Double
  let date: CivilDate

  init(_ millis: Double) {
    self.millis = millis
    date = CivilDate(secondsSinceEpoch: Int64((max(-8.64e15, min(8.64e15, millis)) / 1000).rounded(.down)))
  }

  static let dayLength = 86_400_000.0
  static let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
  ]

  /// Milliseconds of the first instant of a day.
  static func start(_ year: Int, _ month: Int, _ day: Int) -> Double {
    Double(CivilDate.days(year: year, month: month, day: day)) * dayLength
  }

  /// When the first week begins: the one with the first Thursday of that month.
  private static func firstWeek(_ year: Int, _ month: Int) -> Double {
    let first = start(year, month, 1)
    let weekday = CivilDate(year: year, month: month, day: 1).weekday
    let day = Double(weekday == 0 ? 7 : weekday)
    return day > 4 ? first + (8 - day) * dayLength : first - (day - 1) * dayLength
  }

  private static func after(_ year: Int, _ month: Int) -> (Int, Int) { month == 12 ? (year + 1, 1) : (year, month + 1) }
  private static func before(_ year: Int, _ month: Int) -> (Int, Int) { month == 1 ? (year - 1, 12) : (year, month - 1) }

  private var today: Double { Self.start(date.year, date.month, date.day) }

  private static func weeks(_ start: Double, _ end: Double) -> Double { (end - start) / (dayLength * 7) + 1 }

  /// The number of a component; nil for those that are none.
  func number(_ component: Character) -> Int? {
    switch component {
    case "Y": return date.year
    case "M": return date.month
    case "D": return date.day
    case "d": return Int((today - Self.start(date.year, 1, 1)) / Self.dayLength) + 1
    case "F": return date.weekday == 0 ? 7 : date.weekday
    case "W": return weekOfYear
    case "w": return weekOfMonth
    case "X":
      if millis < Self.firstWeek(date.year, 1) { return date.year - 1 }
      return millis >= Self.firstWeek(date.year + 1, 1) ? date.year + 1 : date.year
    case "x":
      if millis < Self.firstWeek(date.year, date.month) { return Self.before(date.year, date.month).1 }
      let next = Self.after(date.year, date.month)
      return millis >= Self.firstWeek(next.0, next.1) ? next.1 : date.month
    case "H": return date.hour
    case "h": return date.hour % 12 == 0 ? 12 : date.hour % 12
    case "P": return date.hour >= 12 ? 1 : 0
    case "m": return date.minute
    case "s": return date.second
    case "f": return Int(millis - (millis / 1000).rounded(.down) * 1000)
    default: return nil
    }
  }

  private var weekOfYear: Int {
    let week = Self.weeks(Self.firstWeek(date.year, 1), today)
    if week > 52, today >= Self.firstWeek(date.year + 1, 1) { return 1 }
    if week < 1 { return Int(Self.weeks(Self.firstWeek(date.year - 1, 1), today)) }
    return Int(week)
  }

  private var weekOfMonth: Int {
    let week = Self.weeks(Self.firstWeek(date.year, date.month), today)
    let next = Self.after(date.year, date.month)
    if week > 4, today >= Self.firstWeek(next.0, next.1) { return 1 }
    let before = Self.before(date.year, date.month)
    if week < 1 { return Int(Self.weeks(Self.firstWeek(before.0, before.1), today)) }
    return Int(week)
  }
}
