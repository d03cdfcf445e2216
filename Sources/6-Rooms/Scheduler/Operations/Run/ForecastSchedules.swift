import JSON
import ScheduleExpression
import ServiceKit
import Store
import Time

/// Tells how often schedules, or scheduled rules, will fire between two instants, without going through the minutes between them.
///
/// Each page tells about the schedules it goes through: how often each fires, and how often they fire together in each hour. Source: none;
/// beyond AWS.
struct ForecastSchedules: AsyncOperation {
  struct Input: Shape {
    /// Inclusive; now where not given.
    var from: Timestamp?
    /// Exclusive; seven days after `from` where not given.
    var to: Timestamp?
    var groupName: String?
    var namePrefix: String?
    /// Rules in place of schedules.
    var rules: Bool?
    /// `SCHEDULE` (default) or `HOUR`: which counts are wanted.
    var by: String?
    /// How many schedules one page goes through.
    var maxResults: Int?
    var nextToken: String?
    static var limits: [Limit<Self>] {
      [.oneOf("by", \.by, ["SCHEDULE", "HOUR"]), .range("maxResults", \.maxResults, 1...10_000)]
    }
  }
  struct Output: Shape {
    var from: Timestamp
    var to: Timestamp
    var schedules: [ScheduleForecast]?
    var hours: [HourForecast]?
    /// Of the schedules of this page.
    var count: Int
    /// How many schedules this page went through.
    var examined: Int
    /// Changes of clocks between the two instants in zones of this page's schedules.
    var clockChanges: [ClockChangeShape]
    var nextToken: String?
  }
  struct HourForecast: Shape {
    var hour: Timestamp
    var count: Int
  }
  struct ClockChangeShape: Shape {
    var timezone: String
    var at: Timestamp
    /// Seconds ahead of UTC.
    var offsetBefore: Int
    var offsetAfter: Int
  }

  static func run(_ input: Input, _ call: AsyncCall<Scheduler>) async throws -> Output {
    let from = input.from ?? call.now
    let to = input.to ?? from + .seconds(7 * 86_400)
    guard from < to, to - from <= .seconds(366 * 86_400) else {
      throw Fault.validation("To must be after From, by 366 days at most.")
    }
    let byHour = input.by == "HOUR"
    let page = try await call.subjects(
      SubjectQuery(groupName: input.groupName, namePrefix: input.namePrefix, rules: input.rules ?? false), after: input.nextToken,
      limit: input.maxResults ?? (byHour ? 1_000 : 100))
    var forecast = Forecast(from: from, to: to)
    for subject in page.items { try forecast.add(subject) }
    return Output(
      from: from, to: to, schedules: byHour ? nil : forecast.schedules,
      hours: byHour ? forecast.hours.sorted { $0.key < $1.key }.map { HourForecast(hour: $0.key, count: $0.value) } : nil,
      count: forecast.count, examined: page.items.count,
      clockChanges: forecast.changes.sorted { $0.key < $1.key }.flatMap { zone, changes in
        changes.map { ClockChangeShape(timezone: zone, at: $0.at, offsetBefore: $0.before, offsetAfter: $0.after) }
      }, nextToken: page.next)
  }
}

/// How often one schedule will fire.
struct ScheduleForecast: Shape {
  var name: String
  var groupName: String?
  var scheduleExpression: String
  var scheduleExpressionTimezone: String
  var state: String
  var count: Int
  var first: Timestamp?
  var last: Timestamp?
  /// Local times that it names and clocks skip: it does not fire then.
  var skippedLocalTimes: Int
  /// Local times that it names and clocks show twice: it fires the first time only.
  var doubledLocalTimes: Int
}

/// Adds up what schedules will do: a pure function of their timings.
struct Forecast {
  let from: Timestamp
  let to: Timestamp
  private(set) var schedules: [ScheduleForecast] = []
  private(set) var hours: [Timestamp: Int] = [:]
  private(set) var count = 0
  private(set) var changes: [String: [ClockChange]] = [:]

  init(from: Timestamp, to: Timestamp) {
    self.from = from
    self.to = to
  }

  /// One that is switched off is told with a count of 0.
  mutating func add(_ subject: Subject) throws {
    let calendar = try ScheduleCalendar(subject.timing)
    var forecast = ScheduleForecast(
      name: subject.name, groupName: subject.group, scheduleExpression: subject.timing.expression,
      scheduleExpressionTimezone: subject.timing.zone, state: subject.state, count: 0, skippedLocalTimes: 0, doubledLocalTimes: 0)
    if subject.isEnabled {
      var (found, sums) = (0, hours)
      hours = [:]
      calendar.expression.eachHour(
        from: from, to: to, in: calendar.zone, start: calendar.start, end: calendar.end, anchor: calendar.anchor
      ) {
        found += $1
        sums[$0, default: 0] += $1
      }
      hours = sums
      forecast.count = found
      count += found
      if found > 0 {
        forecast.first = calendar.next(after: from - .microseconds(1))
        forecast.last = calendar.previous(before: to)
      }
      for change in clockChanges(calendar.zone) {
        let met = calendar.expression.localTimes(in: change)
        if change.isGap { forecast.skippedLocalTimes += met } else { forecast.doubledLocalTimes += met }
      }
    }
    schedules.append(forecast)
  }

  private mutating func clockChanges(_ zone: Zone) -> [ClockChange] {
    if let known = changes[zone.identifier] { return known }
    let found = ClockChange.all(of: zone, from: from, to: to)
    changes[zone.identifier] = found
    return found
  }
}
