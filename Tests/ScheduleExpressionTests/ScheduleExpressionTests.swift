import ScheduleExpression
import Testing
import Time

@Suite struct ScheduleExpressionTests {
  private func instant(_ text: String) throws -> Timestamp { try #require(Timestamp(iso8601: text)) }

  private func fires(_ text: String, _ zone: String = "UTC", after: String, count: Int) throws -> [String] {
    let expression = try ScheduleExpression(text, dialect: .scheduler)
    let zone = try Zone(identifier: zone)
    var position = try instant(after)
    var found: [String] = []
    while found.count < count, let next = expression.next(after: position, in: zone, anchor: position) {
      found.append(next.iso8601())
      position = next
    }
    return found
  }

  @Test func aSkippedHourDoesNotFireAndADoubledOneFiresOnce() throws {
    #expect(
      try fires("cron(30 2 * * ? *)", "Europe/Berlin", after: "2027-03-26T12:00:00Z", count: 3) == [
        "2027-03-27T01:30:00Z", "2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z",
      ])
    #expect(
      try fires("cron(30 2 * * ? *)", "Europe/Berlin", after: "2027-10-30T12:00:00Z", count: 2) == [
        "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z",
      ])
  }

  @Test func rareDatesAreFound() throws {
    #expect(try fires("cron(0 0 29 2 ? *)", after: "2097-01-01T00:00:00Z", count: 1) == ["2104-02-29T00:00:00Z"])
    #expect(try fires("cron(0 0 30 2 ? *)", after: "2026-01-01T00:00:00Z", count: 1).isEmpty)
    #expect(try fires("cron(0 0 ? * 6#5 *)", after: "2026-01-01T00:00:00Z", count: 1) == ["2026-01-30T00:00:00Z"])
  }

  @Test func daysNearAndLast() throws {
    #expect(try fires("cron(0 9 1W * ? 2026)", after: "2026-07-30T00:00:00Z", count: 1) == ["2026-08-03T09:00:00Z"])
    #expect(try fires("cron(0 9 LW * ? *)", after: "2026-05-15T00:00:00Z", count: 1) == ["2026-05-29T09:00:00Z"])
    #expect(try fires("cron(0 9 ? * FRIL *)", after: "2026-05-15T00:00:00Z", count: 1) == ["2026-05-29T09:00:00Z"])
  }

  @Test func ratesCountFromTheirAnchor() throws {
    let expression = try ScheduleExpression("rate(90 minutes)", dialect: .rule)
    let anchor = try instant("2026-01-01T00:10:00Z")
    let next = expression.next(after: try instant("2026-01-01T05:00:00Z"), in: .utc, anchor: anchor)
    #expect(next?.iso8601() == "2026-01-01T06:10:00Z")
    #expect(expression.previous(before: try instant("2026-01-01T06:10:00Z"), in: .utc, anchor: anchor)?.iso8601() == "2026-01-01T04:40:00Z")
  }

  @Test func startAndEndBoundIt() throws {
    let expression = try ScheduleExpression("cron(0 * * * ? *)", dialect: .scheduler)
    let (start, end) = (try instant("2026-01-01T10:00:00Z"), try instant("2026-01-01T11:00:00Z"))
    #expect(expression.next(after: try instant("2026-01-01T00:00:00Z"), in: .utc, start: start, end: end, anchor: start) == start)
    #expect(expression.next(after: start, in: .utc, start: start, end: end, anchor: start) == end)
    #expect(expression.next(after: end, in: .utc, start: start, end: end, anchor: start) == nil)
  }

  @Test(arguments: [
    "cron(60 * * * ? *)", "cron(* * * * ? *) ", "rate(0 minutes)", "rate(2 minute)", "rate( 2 minutes)", "at(2027-02-29T00:00:00)",
    "at(2027-01-01T24:00:00)", "cron(0 0 32 * ? *)", "cron(0 0 ? * 8 *)", "cron(0/0 * * * ? *)", "cron(0 0 ? * ? *)", "Cron(0 0 * * ? *)",
    "cron(0 0 * * ? 1969)", "cron(99999999999999999999 0 * * ? *)", "rate(99999999999999999999 days)", "",
  ])
  func refusesWhatIsNone(_ text: String) {
    #expect(throws: ScheduleExpressionError.self) { _ = try ScheduleExpression(text, dialect: .scheduler) }
  }

  @Test func rulesHaveNoAt() {
    #expect(throws: ScheduleExpressionError.self) { _ = try ScheduleExpression("at(2027-01-01T00:00:00)", dialect: .rule) }
  }

  @Test func sentencesAreThoseOfTheService() {
    do {
      _ = try ScheduleExpression("cron(x)", dialect: .scheduler)
      Issue.record("not refused")
    } catch { #expect(error.message == "Invalid Schedule Expression cron(x).") }
    do {
      _ = try ScheduleExpression("cron(x)", dialect: .rule)
      Issue.record("not refused")
    } catch { #expect(error.message == "Parameter ScheduleExpression is not valid.") }
  }

  /// Against a walk over every minute of some weeks, in zones with changes of every kind.
  @Test(arguments: ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo"])
  func agreesWithAWalkOverEveryMinute(_ name: String) throws {
    let zone = try Zone(identifier: name)
    let expression = try ScheduleExpression("cron(0/15 0-4/2 ? * MON-SUN *)", dialect: .scheduler)
    for start in ["2027-03-01T00:00:00Z", "2027-10-15T00:00:00Z"] {
      let first = try instant(start)
      var seen: Set<CivilDate> = []
      var wanted: [Timestamp] = []
      for minute in 0..<(30 * 1_440) {
        let at = first + .seconds(minute * 60)
        let local = zone.civil(at: at)
        if local.minute % 15 == 0, [0, 2, 4].contains(local.hour), seen.insert(local).inserted { wanted.append(at) }
      }
      let found = Array(expression.fires(from: first, to: first + .seconds(30 * 86_400), in: zone, anchor: first))
      #expect(found == wanted)
    }
  }
}
