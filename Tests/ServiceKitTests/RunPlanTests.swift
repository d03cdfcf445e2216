import ServiceKit
import Testing
import Time

@Suite struct RunPlanTests {
  private let calendar: ScheduleCalendar
  init() throws {
    calendar = try ScheduleCalendar(ScheduleTiming("rate(1 hour)", isRule: true, anchor: Timestamp(seconds: 0)))
  }

  private func at(_ hours: Double) -> Timestamp { Timestamp(epochSeconds: hours * 3_600) }
  private func plan(_ due: Double, now: Double, _ policy: CatchUpPolicy, place: Duration = .zero) -> RunPlan {
    RunPlan(due: at(due), now: at(now), policy: policy, calendar: calendar, place: { _ in place })
  }

  @Test func inTimeEveryPolicyFires() {
    for mode in CatchUpPolicy.Mode.allCases {
      let plan = plan(3, now: 3, CatchUpPolicy(mode))
      #expect(plan.fire == at(3) && plan.next == at(4) && plan.passed == nil && plan.catchUp == nil)
    }
  }

  @Test func theLatestFiresAndTheRestIsMissed() {
    let plan = plan(3, now: 7.5, CatchUpPolicy(.latest))
    #expect(plan.fire == at(7) && plan.next == at(8))
    #expect(plan.passed == RunPlan.Passed(RunSpan(at(3), at(6)), .missed, RunPlan.missed))
  }

  @Test func skippingLeavesOutWhatIsMoreThanAMinuteLate() {
    let late = plan(3, now: 7.5, CatchUpPolicy(.skip))
    #expect(late.fire == nil && late.passed?.span == RunSpan(at(3), at(7)) && late.passed?.outcome == .skipped && late.next == at(8))
    let inTime = plan(3, now: 7.01, CatchUpPolicy(.skip))
    #expect(inTime.fire == at(7) && inTime.passed?.span == RunSpan(at(3), at(6)))
    let alone = plan(7, now: 7.5, CatchUpPolicy(.skip))
    #expect(alone.fire == nil && alone.passed?.span == RunSpan(at(7), at(7)))
  }

  @Test func allFireUpToTheCap() {
    let some = plan(3, now: 7.5, CatchUpPolicy(.all, cap: 2))
    #expect(some.fire == nil && some.catchUp == RunSpan(at(6), at(7)) && some.passed?.span == RunSpan(at(3), at(5)))
    let every = plan(3, now: 7.5, CatchUpPolicy(.all, cap: 100))
    #expect(every.catchUp == RunSpan(at(3), at(7)) && every.passed == nil && every.next == at(8))
  }

  @Test func aPlaceInTheWindowIsWaitedFor() {
    let plan = plan(3, now: 7.25, CatchUpPolicy(.latest), place: .seconds(1_800))
    #expect(plan.fire == nil && plan.next == at(7) && plan.passed?.span == RunSpan(at(3), at(6)))
    #expect(self.plan(7, now: 7.5, CatchUpPolicy(.latest), place: .seconds(1_800)).fire == at(7))
  }

  @Test func aTimerThatRingsEarlyIsSetAgain() {
    let plan = plan(5, now: 4, CatchUpPolicy(.latest))
    #expect(plan.fire == nil && plan.next == at(5))
  }

  /// No instant is in two parts of a plan, and none in none.
  @Test func everyInstantIsInOnePart() {
    for mode in CatchUpPolicy.Mode.allCases {
      for cap in [1, 3, 50] {
        for now in stride(from: 3.0, through: 20, by: 0.25) {
          let plan = plan(3, now: now, CatchUpPolicy(mode, cap: cap))
          var parts: [Timestamp: Int] = [:]
          if let fire = plan.fire { parts[fire, default: 0] += 1 }
          for span in [plan.catchUp, plan.passed?.span].compactMap({ $0 }) {
            var position: Timestamp? = span.first
            while let due = position, due <= span.last {
              parts[due, default: 0] += 1
              position = calendar.next(after: due)
            }
          }
          let due = (3...Int(now)).map { at(Double($0)) }
          #expect(parts == Dictionary(uniqueKeysWithValues: due.map { ($0, 1) }))
        }
      }
    }
  }
}
