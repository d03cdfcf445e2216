import ScheduleExpression
import Testing
import Time

/// Random numbers that are the same in each run (SplitMix64).
private struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

/// A random expression with what it means, told without the library.
private struct Draw {
  let text: String
  let minutes: Set<Int>
  let hours: Set<Int>
  let months: Set<Int>
  let isDay: @Sendable (CivilDate) -> Bool

  init(_ random: inout Seeded, anyMonth: Bool) {
    let minute = Self.field(0...59, &random)
    let hour = Self.field(0...23, &random)
    let month = anyMonth ? ("*", Set(1...12)) : Self.field(1...12, &random)
    let day = Self.day(&random)
    (minutes, hours, months, isDay) = (minute.1, hour.1, month.1, day.isDay)
    text = "cron(\(minute.0) \(hour.0) \(day.ofMonth) \(month.0) \(day.ofWeek) *)"
  }

  func names(_ date: CivilDate) -> Bool {
    minutes.contains(date.minute) && hours.contains(date.hour) && months.contains(date.month) && date.second == 0 && isDay(date)
  }

  private static func field(_ range: ClosedRange<Int>, _ random: inout Seeded) -> (String, Set<Int>) {
    let first = Int.random(in: range, using: &random)
    let last = Int.random(in: range, using: &random)
    let step = Int.random(in: 1...range.upperBound / 2, using: &random)
    switch Int.random(in: 0...5, using: &random) {
    case 0: return ("*", Set(range))
    case 1: return ("\(first),\(last)", [first, last])
    case 2: return ("\(first)/\(step)", Set(stride(from: first, through: range.upperBound, by: step)))
    case 3: return ("*/\(step)", Set(stride(from: range.lowerBound, through: range.upperBound, by: step)))
    default:
      // Once around from the first, over the end where the last is before it.
      var values: [Int] = []
      var value = first
      while true {
        values.append(value)
        if value == last { break }
        value = value == range.upperBound ? range.lowerBound : value + 1
      }
      let kept = values.enumerated().filter { $0.offset % step == 0 }.map(\.element)
      return ("\(first)-\(last)/\(step)", Set(kept))
    }
  }

  private struct Day {
    var ofMonth = "?"
    var ofWeek = "?"
    var isDay: @Sendable (CivilDate) -> Bool
  }

  private static func day(_ random: inout Seeded) -> Day {
    let weekday = Int.random(in: 0...6, using: &random)
    let number = Int.random(in: 1...5, using: &random)
    let wanted = Int.random(in: 1...31, using: &random)
    switch Int.random(in: 0...6, using: &random) {
    case 0:
      let field = field(1...31, &random)
      return Day(ofMonth: field.0) { field.1.contains($0.day) }
    case 1:
      let field = field(1...7, &random)
      return Day(ofWeek: field.0) { field.1.contains($0.weekday + 1) }
    case 2: return Day(ofMonth: "L") { $0.day == CivilDate.daysIn(month: $0.month, year: $0.year) }
    case 3:
      return Day(ofMonth: "LW") { date in
        let workdays = month(of: date).filter { (1...5).contains($0.weekday) }
        return workdays.last?.day == date.day
      }
    case 4:
      return Day(ofMonth: "\(wanted)W") { date in
        let days = month(of: date)
        guard wanted <= days.count else { return false }
        let nearest = days.filter { (1...5).contains($0.weekday) }.min { abs($0.day - wanted) < abs($1.day - wanted) }
        return nearest?.day == date.day
      }
    case 5:
      return Day(ofWeek: "\(weekday + 1)L") { date in month(of: date).last { $0.weekday == weekday }?.day == date.day }
    default:
      return Day(ofWeek: "\(weekday + 1)#\(number)") { date in
        let days = month(of: date).filter { $0.weekday == weekday }
        return days.count >= number && days[number - 1].day == date.day
      }
    }
  }

  private static func month(of date: CivilDate) -> [CivilDate] {
    (1...CivilDate.daysIn(month: date.month, year: date.year)).map { CivilDate(year: date.year, month: date.month, day: $0) }
  }
}

@Suite struct BruteForce {
  /// Around changes of the clocks by an hour, half an hour, at midnight, and by a whole day.
  @Test(arguments: [
    ("UTC", "2027-02-27T00:00:00Z"), ("Europe/Brussels", "2026-10-23T00:00:00Z"), ("Europe/Brussels", "2027-03-26T00:00:00Z"),
    ("Australia/Lord_Howe", "2027-04-02T00:00:00Z"), ("Australia/Lord_Howe", "2026-10-02T00:00:00Z"),
    ("America/Santiago", "2027-04-02T00:00:00Z"), ("Africa/Cairo", "2027-04-28T00:00:00Z"), ("Pacific/Apia", "2011-12-29T00:00:00Z"),
    ("America/Juneau", "1983-10-29T00:00:00Z"), ("Asia/Kathmandu", "2028-02-27T00:00:00Z"),
  ])
  func agreesWithAWalkOverEveryMinute(_ name: String, _ start: String) throws {
    let zone = try Zone(identifier: name)
    let first = try #require(Timestamp(iso8601: start))
    // A day ahead shows which local times have been before; four days are compared.
    let minutes = (0..<5 * 1_440).map { first + .seconds($0 * 60) }
    var seen: Set<CivilDate> = []
    let local = minutes.map { zone.civil(at: $0) }.map { (date: $0, isFirst: seen.insert($0).inserted) }
    let (from, to) = (minutes[1_440], minutes[5 * 1_440 - 1])
    var random = Seeded(state: 41)
    for _ in 0..<20 {
      let draw = Draw(&random, anyMonth: true)
      let expression = try ScheduleExpression(draw.text, dialect: .scheduler)
      let times = (1_440..<minutes.count - 1).filter {
        draw.minutes.contains(local[$0].date.minute) && draw.hours.contains(local[$0].date.hour)
      }
      let wanted = times.filter { local[$0].isFirst && draw.names(local[$0].date) }.map { minutes[$0] }
      #expect(Array(expression.fires(from: from, to: to, in: zone, anchor: from)) == wanted, "\(draw.text) \(name)")
      var back: [Timestamp] = []
      var at = to
      while let previous = expression.previous(before: at, in: zone, anchor: from), previous >= from {
        back.append(previous)
        at = previous
      }
      #expect(back.reversed() == wanted, "\(draw.text) \(name), backwards")
      // From anywhere, as within an hour that clocks show for the second time.
      for index in stride(from: 1_440, to: minutes.count - 1, by: 17) {
        let before = minutes[index]
        guard let latest = wanted.last(where: { $0 < before }) else { continue }
        let previous = expression.previous(before: before, in: zone, anchor: from)
        #expect(previous == latest, "\(draw.text) \(name), before \(before.iso8601())")
        let following = wanted.first { $0 > before }
        if let following { #expect(expression.next(after: before, in: zone, anchor: from) == following, "\(draw.text) \(name)") }
      }
    }
  }

  /// The days of months, over years with and without a 29 February, 2000 and 2100 among them.
  @Test(arguments: [1_999, 2_024, 2_098, 2_196])
  func agreesWithAWalkOverEveryDay(_ year: Int) throws {
    let days = (0..<1_461).map { CivilDate(secondsSinceEpoch: (CivilDate.days(year: year, month: 1, day: 1) + Int64($0)) * 86_400) }
    let from = Timestamp(seconds: days[0].secondsSinceEpoch)
    let to = from + .seconds(1_461 * 86_400)
    var random = Seeded(state: UInt64(year))
    for _ in 0..<25 {
      let draw = Draw(&random, anyMonth: false)
      let fields = draw.text.split(separator: " ")
      let text = "cron(30 12 \(fields[2]) \(fields[3]) \(fields[4]) *)"
      let expression = try ScheduleExpression(text, dialect: .rule)
      let wanted = days.filter { $0.year <= 2_199 && draw.months.contains($0.month) && draw.isDay($0) }
        .map { Timestamp(seconds: $0.secondsSinceEpoch + 45_000) }
      #expect(Array(expression.fires(from: from, to: to, in: .utc, anchor: from)) == wanted, "\(text)")
    }
  }

  /// Whatever the text, reading it and asking it ends.
  @Test func nothingFromOutsideCrashes() {
    var random = Seeded(state: 7)
    let scraps = [
      "cron(", "rate(", "at(", ")", " ", "*", "?", "0", "5", "31", "L", "W", "#", "/", "-", ",", "MON", "JAN", "2199", "days", "é", "\u{0}",
    ]
    let edges = [Timestamp(microseconds: .min), .distantPast, Timestamp(seconds: 0), .distantFuture, Timestamp(microseconds: .max)]
    for _ in 0..<4_000 {
      var text = ["cron(", "cron(0 0 ", "rate(", "at(2027-", ""].randomElement(using: &random) ?? ""
      for _ in 0..<Int.random(in: 0...12, using: &random) { text += scraps.randomElement(using: &random) ?? "" }
      _ = try? ScheduleExpression(text, dialect: Bool.random(using: &random) ? .scheduler : .rule)
    }
    for text in ["cron(* * * * ? *)", "cron(0 0 29 2 ? *)", "rate(5000000 days)", "rate(1 minute)", "at(9999-12-31T23:59:59)"] {
      guard let expression = try? ScheduleExpression(text, dialect: .scheduler), let zone = try? Zone(identifier: "Asia/Tehran") else {
        Issue.record("\(text) is refused")
        continue
      }
      for at in edges {
        for anchor in edges {
          if let next = expression.next(after: at, in: zone, start: anchor, anchor: anchor) { #expect(next > at) }
          if let previous = expression.previous(before: at, in: zone, end: anchor, anchor: anchor) { #expect(previous < at) }
        }
      }
    }
  }
}
