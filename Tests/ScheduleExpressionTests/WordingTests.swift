import ScheduleExpression
import Testing
import Time

@Suite struct WordingTests {
  @Test(arguments: [
    ("cron(0 2 * * ? *)", "at 02:00 every day"),
    ("cron(* * * * ? *)", "every minute every day"),
    ("cron(0 * * * ? *)", "every hour every day"),
    ("cron(15 * * * ? *)", "at minute 15 of every hour every day"),
    ("cron(0/10 * ? * MON-FRI *)", "every 10 minutes on Monday to Friday"),
    ("cron(0/30 20-23 ? * MON-FRI *)", "every 30 minutes from 20:00 to 23:30 on Monday to Friday"),
    ("cron(5,35 14 * * ? *)", "at 14:05 and 14:35 every day"),
    ("cron(0 9 LW * ? *)", "at 09:00 on the last weekday of the month"),
    ("cron(0 9 15W * ? *)", "at 09:00 on the weekday nearest to the 15th of the month"),
    ("cron(0 9 ? * 2#1 *)", "at 09:00 on the 1st Monday of the month"),
    ("cron(0 9 ? * 6L *)", "at 09:00 on the last Friday of the month"),
    ("cron(0 6 ? * SUN,SAT *)", "at 06:00 on Saturday and Sunday"),
    ("cron(0 0 29 2 ? *)", "at 00:00 on the 29th of the month in February"),
    ("cron(0 0 1 1/3 ? 2027-2029)", "at 00:00 on the 1st of the month in January, April, July and October in 2027 to 2029"),
    ("rate(5 minutes)", "every 5 minutes"), ("rate(1 day)", "every day"), ("rate(90 minutes)", "every 90 minutes"),
    ("at(2027-07-01T09:30:15)", "once, on 2027-07-01 at 09:30:15"),
  ])
  func expressionsAreSaidInWords(_ text: String, _ words: String) throws {
    #expect(try ScheduleExpression(text, dialect: .scheduler).description == words)
  }

  @Test func schedulerTakesAPluralForOne() throws {
    #expect(try ScheduleExpression("rate(1 minutes)", dialect: .scheduler).description == "every minute")
    #expect(throws: ScheduleExpressionError.self) { _ = try ScheduleExpression("rate(1 minutes)", dialect: .rule) }
    #expect(throws: ScheduleExpressionError.self) { _ = try ScheduleExpression("cron(0 0 ? * 3#1,6#3 *)", dialect: .rule) }
  }

  @Test func oneTimeSchedulesKnowNoStartAndEnd() throws {
    let once = try ScheduleExpression("at(2027-07-01T09:30:00)", dialect: .scheduler)
    let (early, late) = (Timestamp(seconds: 1_700_000_000), Timestamp(seconds: 1_900_000_000))
    #expect(once.next(after: early, in: .utc, start: late, end: early, anchor: late)?.iso8601() == "2027-07-01T09:30:00Z")
    #expect(once.previous(before: late, in: .utc, start: late, end: early, anchor: late)?.iso8601() == "2027-07-01T09:30:00Z")
  }
}
