import ScheduleExpression
import Testing
import Time

@Suite struct SecondsTests {
  private func instant(_ text: String) throws -> Timestamp { try #require(Timestamp(iso8601: text)) }

  @Test(arguments: [
    ("rate(10 seconds)", "every 10 seconds"), ("rate(1 second)", "every second"), ("rate(90 seconds)", "every 90 seconds"),
    ("cron(0/10 * * * * ? *)", "every 10 seconds every day"), ("cron(30 0 2 * * ? *)", "at 02:00:30 every day"),
    ("cron(0/15 30 9-17 ? * MON-FRI *)", "every 15 seconds, at minute 30 from 09:30 to 17:30 on Monday to Friday"),
    ("at(2027-07-01T09:30:15.250)", "once, on 2027-07-01 at 09:30:15.250"),
  ])
  func secondsAreSaidInWords(_ text: String, _ words: String) throws {
    #expect(try ScheduleExpression(text, dialect: .scheduler, precision: .seconds).description == words)
    // AWS has no such thing.
    #expect(throws: ScheduleExpressionError.self) { _ = try ScheduleExpression(text, dialect: .scheduler) }
  }

  @Test(arguments: [
    "cron(60 * * * * ? *)", "cron(* * * * * * ? *)", "rate(0 seconds)", "rate(2 second)", "at(2027-07-01T09:30:15.)",
    "at(2027-07-01T09:30:15.1234567)", "at(2027-07-01T09:30:15.x)",
  ])
  func refusals(_ text: String) {
    #expect(throws: ScheduleExpressionError.self) { _ = try ScheduleExpression(text, dialect: .scheduler, precision: .seconds) }
  }

  @Test(arguments: ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"])
  func agreesWithAWalkOverEverySecond(_ name: String) throws {
    let zone = try Zone(identifier: name)
    let expression = try ScheduleExpression("cron(7/13 0/20 1-3 * * ? *)", dialect: .scheduler, precision: .seconds)
    for start in ["2027-03-28T00:00:00Z", "2027-04-03T12:00:00Z", "2027-10-30T22:30:00Z"] {
      let first = try instant(start)
      var (seen, wanted) = (Set<CivilDate>(), [Timestamp]())
      for second in -10_000..<30_000 {
        let at = first + .seconds(second)
        let local = zone.civil(at: at)
        guard [7, 20, 33, 46, 59].contains(local.second), local.minute % 20 == 0, (1...3).contains(local.hour) else { continue }
        if seen.insert(local).inserted, second >= 0 { wanted.append(at) }
      }
      let last = first + .seconds(30_000)
      #expect(Array(expression.fires(from: first, to: last, in: zone, anchor: first)) == wanted)
      var position = last
      var backwards: [Timestamp] = []
      while let found = expression.previous(before: position, in: zone, anchor: first), found >= first {
        backwards.append(found)
        position = found
      }
      #expect(backwards.reversed() == wanted)
    }
  }

  /// Counts against the instants themselves, over ends that are no whole hours and changes of clocks.
  @Test(arguments: [
    "cron(* * * * ? *)", "cron(0/7 3-5 * * ? *)", "cron(30 2 ? * SUN *)", "cron(5/20 10 * 1-3 * ? *)", "rate(7 minutes)",
    "rate(90 minutes)",
    "at(2027-03-28T09:30:00)",
  ])
  func countsAreThoseOfTheInstants(_ text: String) throws {
    let expression = try ScheduleExpression(text, dialect: .scheduler, precision: .seconds)
    for zone in ["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"] {
      let zone = try Zone(identifier: zone)
      for (from, to) in [
        ("2027-03-25T10:17:23Z", "2027-04-05T03:05:59Z"), ("2027-10-29T23:59:59Z", "2027-11-02T00:00:00Z"),
        ("2027-03-28T00:30:00Z", "2027-03-28T00:30:01Z"),
      ] {
        let (first, last) = (try instant(from) + .milliseconds(300), try instant(to))
        let anchor = try instant("2027-03-26T00:00:00Z")
        var (hours, wanted) = ([Timestamp: Int](), [Timestamp: Int]())
        expression.eachHour(from: first, to: last, in: zone, anchor: anchor) { hours[$0, default: 0] += $1 }
        for found in expression.fires(from: first, to: last, in: zone, anchor: anchor) {
          wanted[Timestamp(seconds: found.seconds / 3_600 * 3_600), default: 0] += 1
        }
        #expect(hours == wanted, "\(text) \(zone.identifier) \(from)")
      }
    }
  }

  @Test func changesOfClocksAreFound() throws {
    let zone = try Zone(identifier: "Europe/Berlin")
    let changes = ClockChange.all(of: zone, from: try instant("2027-01-01T00:00:00Z"), to: try instant("2028-01-01T00:00:00Z"))
    #expect(changes.map { $0.at.iso8601() } == ["2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z"])
    #expect(changes.map(\.isGap) == [true, false])
    let nightly = try ScheduleExpression("cron(0/15 2 * * ? *)", dialect: .scheduler)
    #expect(changes.map { nightly.localTimes(in: $0) } == [4, 4])
  }
}
