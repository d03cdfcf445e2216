import Time

/// What the expression says, in words such as `at 02:00 every day`. Local times, without their zone.
extension ScheduleExpression: CustomStringConvertible {
  public var description: String {
    switch kind {
    case .cron(let cron): return cron.words
    case .at(let date, let rest):
      let instant = Timestamp(seconds: date.secondsSinceEpoch) + .microseconds(rest)
      let time = instant.iso8601(rest == 0 ? .seconds : rest % 1_000 == 0 ? .milliseconds : .microseconds)
      return "once, on \(time.prefix(10)) at \(time.dropFirst(11).dropLast())"
    case .rate(let seconds):
      for (size, unit) in [(Int64(86_400), "day"), (3_600, "hour")] where seconds % size == 0 {
        return seconds == size ? "every \(unit)" : "every \(seconds / size) \(unit)s"
      }
      if seconds % 60 != 0 { return seconds == 1 ? "every second" : "every \(seconds) seconds" }
      return seconds == 60 ? "every minute" : "every \(seconds / 60) minutes"
    }
  }
}

extension Cron {
  var words: String {
    var words = "\(timeWords) \(dayWords)"
    if months != 0x1FFE {
      words += " in " + Words.list(values(months)) { Words.months[$0 - 1] }
    }
    if let years { words += " in " + Words.list(years) { "\($0)" } }
    return words
  }

  private func values(_ bits: UInt64) -> [Int] { (0..<64).filter { bits >> UInt64($0) & 1 == 1 } }

  private var timeWords: String {
    let hours = values(hours)
    let minutes = values(minutes)
    let seconds = values(seconds)
    if hours.count * minutes.count * seconds.count <= 6 {
      return "at "
        + Words.join(
          hours.flatMap { hour in
            minutes.flatMap { minute in
              seconds.map { second in Words.clock(hour, minute) + (seconds == [0] ? "" : ":\(second < 10 ? "0" : "")\(second)") }
            }
          })
    }
    guard seconds == [0] else {
      let at =
        seconds.count == 60
        ? "every second"
        : Words.step(seconds, size: 60).map { "every \($0) seconds" }
          ?? "at second\(seconds.count == 1 ? "" : "s") \(Words.list(seconds) { "\($0)" })"
      return minutes.count == 60 && hours.count == 24 ? at : "\(at), \(minuteWords(hours, minutes))"
    }
    return minuteWords(hours, minutes)
  }

  private func minuteWords(_ hours: [Int], _ minutes: [Int]) -> String {
    if minutes.count == 60 { return "every minute" + hourWords(hours) }
    if let step = Words.step(minutes, size: 60) { return "every \(step) minutes" + hourWords(hours) }
    let at = minutes == [0] ? "on the hour" : "at minute\(minutes.count == 1 ? "" : "s") " + Words.list(minutes) { "\($0)" }
    return hours.count == 24 ? (minutes == [0] ? "every hour" : "\(at) of every hour") : at + hourWords(hours)
  }

  private func hourWords(_ hours: [Int]) -> String {
    if hours.count == 24 { return "" }
    let last = values(minutes).last ?? 0
    if let first = hours.first, let end = hours.last, end - first == hours.count - 1 {
      return " from \(Words.clock(first, minutes.trailingZeroBitCount)) to \(Words.clock(end, minutes.nonzeroBitCount == 60 ? 59 : last))"
    }
    if let step = Words.step(hours, size: 24) { return " of every \(Words.ordinal(step)) hour" }
    return " of hours " + Words.list(hours) { "\($0)" }
  }

  private var dayWords: String {
    switch days {
    case .month(0x7FFF_FFFF << 1, _, _, _), .week(0x7F, _, _): return "every day"
    case .month(let days, let last, let lastWeekday, let nearest):
      var items = days == 0 ? [] : [Words.list(values(days)) { Words.ordinal($0) }]
      items += values(nearest).map { "weekday nearest to the \(Words.ordinal($0))" }
      if last { items.append("last day") }
      if lastWeekday { items.append("last weekday") }
      return "on the \(Words.join(items)) of the month"
    case .week(let days, let last, let nth):
      // Named from Monday, as a week of work is.
      let named = values(days).map { ($0 + 6) % 7 }.sorted()
      var items = named.isEmpty ? [] : [Words.list(named) { Words.weekdays[($0 + 1) % 7] }]
      items += values(last).map { "the last \(Words.weekdays[$0]) of the month" }
      items += nth.map { "the \(Words.ordinal($0.week)) \(Words.weekdays[$0.day]) of the month" }
      return "on " + Words.join(items)
    }
  }
}

private enum Words {
  static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
  ]

  static func clock(_ hour: Int, _ minute: Int) -> String { "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)" }

  static func ordinal(_ number: Int) -> String {
    switch (number % 10, number % 100) {
    case (1, let rest) where rest != 11: "\(number)st"
    case (2, let rest) where rest != 12: "\(number)nd"
    case (3, let rest) where rest != 13: "\(number)rd"
    default: "\(number)th"
    }
  }

  static func join(_ items: [String]) -> String {
    guard items.count > 1, let last = items.last else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }

  /// Values with runs of three or more drawn together.
  static func list(_ values: [Int], _ word: (Int) -> String) -> String {
    var runs: [ClosedRange<Int>] = []
    for value in values {
      if let run = runs.last, run.upperBound + 1 == value {
        runs[runs.count - 1] = run.lowerBound...value
      } else {
        runs.append(value...value)
      }
    }
    return join(
      runs.flatMap { run in
        run.count < 3 ? run.map(word) : ["\(word(run.lowerBound)) to \(word(run.upperBound))"]
      })
  }

  /// The distance of values that go evenly through all of a cycle from its start.
  static func step(_ values: [Int], size: Int) -> Int? {
    guard values.count > 1, values[0] == 0, size % values[1] == 0, values == Array(stride(from: 0, to: size, by: values[1])) else {
      return nil
    }
    return values[1]
  }
}
