import ServiceKit
import Time

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// So many schedules due in the same second, at its beginning or spread over its milliseconds: how late each reaches its target, its message
/// on disk.
func due(_ count: Int, isSpread: Bool, _ house: BenchHouse) async throws {
  let made = ContinuousClock.now
  // All made well before they are due, on a busy machine too; creating one takes a fraction of a millisecond.
  let instant = Timestamp(seconds: house.clock.now().seconds + 6 + Int64(count / 800))
  try await withThrowingTaskGroup(of: Void.self) { group in
    for worker in 0..<64 {
      group.addTask {
        for number in stride(from: worker, to: count, by: 64) {
          let due = isSpread ? instant + .milliseconds(number * 1_000 / count) : instant
          try await house.schedule("due-\(instant.seconds)-\(number)", at: due)
        }
      }
    }
    try await group.waitForAll()
  }
  let took = (ContinuousClock.now - made).secondsAsDouble
  guard house.clock.now() < instant else { return print("making \(count) schedules took \(took) s: too long to measure what is due then") }
  let before = cpu()
  while house.target.lateness.count < count, house.clock.now() < instant + .seconds(60) { try await Task.sleep(for: .milliseconds(20)) }
  let late = house.target.lateness.map { $0.secondsAsDouble * 1_000 }.sorted()
  print(
    "\(count) due \(isSpread ? "over one second" : "at once"): made at \(Int(Double(count) / took))/s; delivered \(late.count), late p50 \(rounded(late, 0.5)) ms, p99 \(rounded(late, 0.99)) ms, max \(rounded(late, 1)) ms; \(Int((cpu() - before) / Double(count) * 1e6)) us of CPU each"
  )
  house.target.forget()
}

/// Seconds of CPU this process has used; the unit of `clock` is a microsecond wherever POSIX holds.
private func cpu() -> Double { Double(clock()) / 1e6 }

private func rounded(_ sorted: [Double], _ part: Double) -> Double {
  guard !sorted.isEmpty else { return .nan }
  return (sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))] * 10).rounded() / 10
}
