import Scheduler
import ServiceKit
import TestKit
import Time

/// A day of simulated time, on which clocks in Berlin are put back: every instant accounted for, checked by a walk over its minutes.
func day(_ arguments: [String]) async throws {
  let count = arguments.first.flatMap { Int($0) } ?? 100_000
  let seed = arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1
  guard let begin = Timestamp(iso8601: "2027-10-31T00:00:00Z") else { return }
  let house = try TestHouse(at: begin - .seconds(60))
  let room = try await house.open { CountingRoom($0) }
  try await house.open { Scheduler($0) }
  let clock = ContinuousClock()
  let start = clock.now
  let outcome = try await SimulatedDay(schedules: count, seed: seed, begin: begin).run(in: house, room) { hour in
    print("hour \(hour): \((clock.now - start).secondsAsDouble.rounded()) s")
  }
  let elapsed = (clock.now - start).secondsAsDouble
  print(
    "\(count) schedules, seed \(seed): \(outcome.expected) instants due, \(outcome.delivered) delivered, \(outcome.wrong.count) schedules wrong; "
      + "\(elapsed.rounded()) s, \(Int(Double(outcome.expected) / elapsed)) instants/s")
  for line in outcome.wrong.prefix(20) { print("  " + line) }
}
