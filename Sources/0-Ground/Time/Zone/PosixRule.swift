/// The rule of a POSIX TZ string: `CET-1CEST,M3.5.0,M10.5.0/3`. Source: POSIX.1-2017, chapter 8, and RFC 9636, section 3.3.1.
struct PosixRule: Sendable {
  private let standard: Int64
  private let daylight: (offset: Int64, start: Change, end: Change)?

  /// Nil for an empty or broken text.
  init?(_ text: String) {
    var scanner = Scanner(bytes: Array(text.utf8))
    guard scanner.name(), let west = scanner.time() else { return nil }
    standard = -west
    guard !scanner.isAtEnd else {
      daylight = nil
      return
    }
    guard scanner.name() else { return nil }
    let offset = scanner.peek == UInt8(ascii: ",") ? standard + 3_600 : scanner.time().map { -$0 }
    guard let offset, scanner.take(","), let start = scanner.change(), scanner.take(","), let end = scanner.change(), scanner.isAtEnd else {
      return nil
    }
    daylight = (offset, start, end)
  }

  func offset(at second: Int64) -> Int64 {
    guard let daylight else { return standard }
    let year = CivilDate(secondsSinceEpoch: second + standard).year
    let start = daylight.start.second(in: year) - standard
    let end = daylight.end.second(in: year) - daylight.offset
    let isDaylight = start < end ? second >= start && second < end : !(second >= end && second < start)
    return isDaylight ? daylight.offset : standard
  }

  /// A day of the year and a time of it, on the clocks that hold until then.
  struct Change: Sendable {
    enum Day: Sendable {
      /// The week-th (5: last) weekday (0: Sunday) of a month.
      case weekday(month: Int, week: Int, day: Int)
      /// 1...365, 29 February never counted.
      case julian(Int)
      /// 0...365, 29 February counted.
      case ordinal(Int)
    }
    var day: Day
    var time: Int64

    /// Seconds since 1970 on the clock face.
    func second(in year: Int) -> Int64 {
      switch day {
      case .julian(let number):
        let leap = CivilDate.isLeap(year) && number >= 60 ? 1 : 0
        return (CivilDate.days(year: year, month: 1, day: 1) + Int64(number - 1 + leap)) * 86_400 + time
      case .ordinal(let number): return (CivilDate.days(year: year, month: 1, day: 1) + Int64(number)) * 86_400 + time
      case .weekday(let month, let week, let wanted):
        let first = CivilDate(year: year, month: month, day: 1).weekday
        var day = 1 + (wanted - first + 7) % 7 + (week - 1) * 7
        while day > CivilDate.daysIn(month: month, year: year) { day -= 7 }
        return CivilDate.days(year: year, month: month, day: day) * 86_400 + time
      }
    }
  }

  private struct Scanner {
    let bytes: [UInt8]
    var position = 0
    var isAtEnd: Bool { position >= bytes.count }
    var peek: UInt8? { isAtEnd ? nil : bytes[position] }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard peek == UInt8(ascii: character) else { return false }
      position += 1
      return true
    }

    mutating func name() -> Bool {
      let start = position
      if take("<") {
        while let byte = peek, byte != UInt8(ascii: ">") {
          _ = byte
          position += 1
        }
        return take(">")
      }
      while let byte = peek, (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) { position += 1 }
      return position - start >= 3
    }

    mutating func number() -> Int? {
      var value: Int?
      while let byte = peek, byte >= 48, byte <= 57, value ?? 0 < 100_000 {
        value = (value ?? 0) * 10 + Int(byte - 48)
        position += 1
      }
      return value
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time() -> Int64? {
      let isNegative = take("-")
      if !isNegative { _ = take("+") }
      guard let hours = number() else { return nil }
      var seconds = Int64(hours) * 3_600
      if take(":") {
        guard let minutes = number() else { return nil }
        seconds += Int64(minutes) * 60
        if take(":") {
          guard let rest = number() else { return nil }
          seconds += Int64(rest)
        }
      }
      return isNegative ? -seconds : seconds
    }

    mutating func change() -> Change? {
      let day: Change.Day
      if take("M") {
        guard let month = number(), take("."), let week = number(), take("."), let weekday = number(), (1...12).contains(month),
          (1...5).contains(week), (0...6).contains(weekday)
        else { return nil }
        day = .weekday(month: month, week: week, day: weekday)
      } else if take("J") {
        guard let number = number(), (1...365).contains(number) else { return nil }
        day = .julian(number)
      } else {
        guard let number = number(), (0...365).contains(number) else { return nil }
        day = .ordinal(number)
      }
      guard take("/") else { return Change(day: day, time: 7_200) }
      return time().map { Change(day: day, time: $0) }
    }
  }
}
