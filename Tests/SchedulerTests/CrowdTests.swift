import JSON
import Logging
import SQS
import Scheduler
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct CrowdTests {
  /// A hundred schedules due together, made ready before; two are changed in the last seconds.
  @Test func schedulesDueTogetherAreMadeReadyAndFollowEveryChange() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    let house = timed.house
    for number in 0..<100 { try await timed.schedule("at(2026-01-01T00:01:00)", ["Name": .string("s\(number)")]) }
    let scheduler = Scheduler(house.context)
    let runner = AgendaRunner(
      store: house.store, clock: house.clock, log: Logger(label: "test"), workers: WorkerEntry.entries(of: scheduler))
    let running = Task { await runner.run() }
    let due = house.clock.now() + .seconds(60)
    let writes = scheduler.context.dueWrites
    house.clock.advance(to: due - .seconds(1))
    try await until { writes.waiting == 100 }
    try await house.call("scheduler", "DeleteSchedule", ["Name": "s1"])
    try await house.call(
      "scheduler", "UpdateSchedule",
      ["Name": "s2", "ScheduleExpression": "at(2026-01-01T01:00:00)", "FlexibleTimeWindow": ["Mode": "OFF"], "Target": Timed.target])
    house.clock.advance(to: due - .milliseconds(400))
    try await until { house.clock.nextDeadline.map { $0 > due - .milliseconds(400) } ?? false }
    #expect(try await timed.received().isEmpty)
    house.clock.advance(to: due)
    try await until { writes.waiting == 0 }
    var received: [String] = []
    for _ in 0..<1_000 where received.count < 98 {
      received += try await timed.received()
      if received.count < 98 { try await Task.sleep(for: .milliseconds(5)) }
    }
    #expect(received.count == 98 && Set(received) == [#"{"at":"2026-01-01T00:01:00Z"}"#])
    let run = try await house.call("scheduler", "ListScheduleRuns", ["Name": "s3"])["Runs"]?.array?.first
    #expect(run?["Outcome"] == "FIRED" && run?["Targets"]?.array?.first?["Status"] == "DELIVERED")
    running.cancel()
    await running.value
  }

  private func until(_ holds: () -> Bool) async throws {
    for _ in 0..<20_000 where !holds() { try await Task.sleep(for: .milliseconds(1)) }
    try #require(holds())
  }
}
