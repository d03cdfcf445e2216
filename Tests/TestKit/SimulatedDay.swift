import JSON
import ServiceKit
import Store
import Synchronization
import Time
import Wire

/// A room with nothing but a target that counts what it is given, by the text of it.
package final class CountingRoom: Room {
  package static let identity = ServiceIdentity(
    id: "counting", signingName: "counting", protocols: [.awsJson11], targetPrefix: "Counting", apiVersion: "2026-01-01", xmlNamespace: "")
  package static let operations: [any OperationDescription<CountingRoom>.Type] = [Take.self]
  package let context: RoomContext
  private let taken = Mutex<[String: Int]>([:])
  private let refusal = Mutex<Fault?>(nil)

  package init(_ context: RoomContext) { self.context = context }
  package static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? {
    ("Take", ["text": .string(delivery.text)])
  }
  /// Makes the target answer with a fault from now on, or take again.
  package func refuse(_ fault: Fault?) { refusal.withLock { $0 = fault } }
  package var counts: [String: Int] { taken.withLock { $0 } }

  struct Take: Operation {
    struct Input: Shape { var text: String }
    static let audit = AuditDetail.callOnly

    static func run(_ input: Input, _ call: Call<CountingRoom>) throws -> Empty {
      let room = call.room
      if let fault = room.refusal.withLock({ $0 }) { throw fault }
      call.transaction.afterCommit { room.taken.withLock { $0[input.text, default: 0] += 1 } }
      return Empty()
    }
  }
}

/// A day of many schedules on the manual clock, checked against a walk over its minutes that knows nothing of the expression library.
package struct SimulatedDay: Sendable {
  /// One schedule and what it means, told without the library.
  package struct Drawn: Sendable {
    package let name: String
    package let expression: String
    package let zone: String
    let minutes: Set<Int>
    let hours: Set<Int>
    let weekdays: Set<Int>
  }
  package let schedules: [Drawn]
  package let begin: Timestamp

  /// - Parameter begin: the first instant of the day, in UTC.
  package init(schedules count: Int, seed: UInt64, begin: Timestamp) {
    var random = SplitMix(state: seed)
    self.begin = begin
    schedules = (0..<count).map { Self.draw("s\($0)", &random) }
  }

  private static func draw(_ name: String, _ random: inout SplitMix) -> Drawn {
    let zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
    let zone = zones[Int.random(in: 0..<zones.count, using: &random)]
    let minute = Int.random(in: 0...59, using: &random)
    let hour = Int.random(in: 0...23, using: &random)
    let all = Set(0...23)
    let week = Set(0...6)
    switch Int.random(in: 0...99, using: &random) {
    case 0..<50:
      return Drawn(name: name, expression: "cron(\(minute) \(hour) * * ? *)", zone: zone, minutes: [minute], hours: [hour], weekdays: week)
    case 50..<75:
      return Drawn(
        name: name, expression: "cron(\(minute) \(hour) ? * MON-FRI *)", zone: zone, minutes: [minute], hours: [hour],
        weekdays: [1, 2, 3, 4, 5])
    case 75..<90:
      return Drawn(name: name, expression: "cron(\(minute) * * * ? *)", zone: zone, minutes: [minute], hours: all, weekdays: week)
    case 90..<98:
      let hours = Set((0..<24).filter { $0 % 4 == hour % 4 })
      return Drawn(
        name: name, expression: "cron(\(minute) \(hour % 4)/4 ? * * *)", zone: zone, minutes: [minute], hours: hours, weekdays: week)
    default:
      let minutes = Set((0..<60).filter { $0 % 15 == minute % 15 })
      return Drawn(name: name, expression: "cron(\(minute % 15)/15 * * * ? *)", zone: zone, minutes: minutes, hours: all, weekdays: week)
    }
  }

  /// How often each schedule is due in the day, by walking over the minutes of each zone.
  package func expected() throws -> [String: Int] {
    struct Minute {
      var civil: CivilDate
      var isRepeated: Bool
    }
    var walks: [String: [Minute]] = [:]
    for zone in Set(schedules.map(\.zone)) {
      let clock = try Zone(identifier: zone)
      var seen: Set<CivilDate> = []
      // From two hours before, so that a local time shown for the second time is known.
      walks[zone] = (-120..<1_440).compactMap { number in
        let civil = clock.civil(at: begin + .seconds(number * 60))
        let isNew = seen.insert(civil).inserted
        return number < 0 ? nil : Minute(civil: civil, isRepeated: !isNew)
      }
    }
    var counts: [String: Int] = [:]
    for schedule in schedules {
      counts[schedule.name] = (walks[schedule.zone] ?? []).count { minute in
        !minute.isRepeated && schedule.minutes.contains(minute.civil.minute) && schedule.hours.contains(minute.civil.hour)
          && schedule.weekdays.contains(minute.civil.weekday)
      }
    }
    return counts
  }

  package struct Outcome: Sendable {
    package var expected = 0
    package var delivered = 0
    package var wrong: [String] = []
  }

  /// Makes the schedules, lets the day pass, and compares ledger and target with what was expected.
  ///
  /// - Parameter house: with Scheduler and the counting room, at the last minute before the day.
  package func run(in house: TestHouse, _ room: CountingRoom, progress: (Int) -> Void = { _ in }) async throws -> Outcome {
    for schedule in schedules {
      try await house.call(
        "scheduler", "CreateSchedule",
        [
          "Name": .string(schedule.name), "ScheduleExpression": .string(schedule.expression),
          "ScheduleExpressionTimezone": .string(schedule.zone), "FlexibleTimeWindow": ["Mode": "OFF"],
          "StartDate": try JSONValue(encoding: begin), "EndDate": try JSONValue(encoding: begin + .seconds(86_400 - 1)),
          "Target": [
            "Arn": "arn:aws:counting:eu-central-1:000000000000:all", "RoleArn": "arn:aws:iam::000000000000:role/r",
            "Input": .string(schedule.name),
          ],
        ])
    }
    for hour in 0...24 {
      await house.advance(by: .seconds(3_600), step: .seconds(60))
      progress(hour)
    }
    let (wanted, taken) = (try expected(), room.counts)
    var outcome = Outcome()
    for schedule in schedules {
      let want = wanted[schedule.name] ?? 0
      let owner = RunOwner.schedule("default", schedule.name)
      let runs = try await house.store.read { try RunLedger.latest(2_000, of: owner, in: TestHouse.partition, $0) }
      let fired = runs.count { $0.outcome == .fired && $0.isSettled }
      outcome.expected += want
      outcome.delivered += taken[schedule.name] ?? 0
      if fired != want || runs.count != want || taken[schedule.name] ?? 0 != want {
        outcome.wrong.append(
          "\(schedule.name) \(schedule.expression) \(schedule.zone): \(want) due, \(runs.count) in the ledger, \(fired) fired, \(taken[schedule.name] ?? 0) delivered"
        )
      }
    }
    return outcome
  }
}
