import CloudWatch
import FoundationEssentials
import JSON
import Series
import ServiceKit
import Time

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Many alarms on series of their own, some of which get a sample a minute: how late the last evaluation of each turn is, and what it costs.
///
/// bench-alarms [alarms] [changing series] [turns]. The clock stands still and is moved from turn to turn; evaluation takes real time.
let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let alarms = numbers.first ?? 100_000
let turns = numbers.count > 2 ? numbers[2] : 10

func cpu() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
}

/// Seen at once, also through a pipe.
func say(_ line: String) {
  print(line)
  fflush(nil)
}

func text(_ number: Double, _ digits: Int = 2) -> String {
  let scale = [1.0, 10, 100, 1_000][min(digits, 3)]
  return "\((number * scale).rounded() / scale)"
}

let folder = "\(ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp")/bench-alarms-\(getpid())"
defer { try? FileManager.default.removeItem(atPath: folder) }
let manual = ManualClock(Timestamp(seconds: 1_767_225_600))
let house = try await AlarmHouse(folder: folder, clock: manual)

/// A sample of the minute that runs, for each of the first series.
func sample(_ count: Int, _ value: (Int) -> Double) async throws {
  let now = manual.now()
  for start in stride(from: 0, to: count, by: 5_000) {
    try await house.engine.append(
      (start..<min(start + 5_000, count)).map {
        MetricSample(key: house.key($0), at: now, unit: nil, data: .value(value($0)), resolution: 60)
      })
  }
}

let makingCPU = cpu()
let makingTime = ContinuousClock.now
try await withThrowingDiscardingTaskGroup { group in
  for lane in 0..<64 {
    group.addTask {
      for number in stride(from: lane, to: alarms, by: 64) {
        try await house.call(
          "PutMetricAlarm",
          [
            "AlarmName": .string("alarm-\(number)"), "Namespace": "Bench", "MetricName": "Load",
            "Dimensions": [["Name": "Host", "Value": .string("host-\(number)")]], "Statistic": "Average", "Period": 60,
            "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "Threshold": 90, "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "ignore",
          ])
      }
    }
  }
}
let made = (ContinuousClock.now - makingTime).secondsAsDouble
say("\(alarms) alarms made in \(text(made, 1)) s (\(text(Double(alarms) / made, 0))/s), CPU \(text(cpu() - makingCPU, 1)) s")
let drained = await house.runner.drain()
say("\(drained) first evaluations")

/// Moves to the next turn of a minute and answers how long its evaluations took, and their CPU.
func turn() async -> (seconds: Double, cpu: Double) {
  let next = (manual.now().seconds / 60 + 1) * 60
  manual.advance(to: Timestamp(seconds: next) + .milliseconds(500))
  let (began, spent) = (ContinuousClock.now, cpu())
  await house.runner.drain()
  return ((ContinuousClock.now - began).secondsAsDouble, cpu() - spent)
}

func report(_ name: String, _ changing: Int, _ results: [(seconds: Double, cpu: Double)]) {
  let sorted = results.map(\.seconds).sorted()
  let work = results.map(\.cpu).reduce(0, +) / Double(results.count)
  let each = changing > 0 ? " (\(text(work / Double(changing) * 1e6)) us of CPU each)" : ""
  say(
    "\(name): last evaluation of a turn late by p50 \(text(sorted[sorted.count / 2], 3)) s, p99 \(text(sorted[min(sorted.count - 1, sorted.count * 99 / 100)], 3)) s, "
      + "max \(text(sorted.last ?? 0, 3)) s; CPU of a turn \(text(work, 3)) s\(each); \(house.room.alarmsAtWork) at work")
}

let workloads = numbers.count > 1 ? [numbers[1]] : [0, alarms / 100, alarms / 10, alarms]
for changing in workloads {
  // What came before is forgotten: the ranges run empty.
  for _ in 0..<6 { _ = await turn() }
  var results: [(seconds: Double, cpu: Double)] = []
  for number in 0..<turns + 2 {
    try await sample(changing) { host in Double((host * 31 + number * 17) % 80) }
    let result = await turn()
    if number >= 2 { results.append(result) }
  }
  report("\(changing) series changing", changing, results)
}

// All at once beyond the threshold: every state changes, and is stored.
let flapping = min(alarms, 5_000)
for _ in 0..<6 { _ = await turn() }
try await sample(flapping) { _ in 1 }
_ = await turn()
for _ in 0..<2 {
  try await sample(flapping) { _ in 99 }
  _ = await turn()
}
try await sample(flapping) { _ in 1 }
let calm = await turn()
try await sample(flapping) { _ in 1 }
let change = await turn()
say(
  "\(flapping) alarms that change state at once: \(text(change.seconds, 2)) s, CPU \(text(change.cpu, 2)) s (without changes \(text(calm.seconds, 2)) s)"
)

await house.close()
let opening = (ContinuousClock.now, cpu())
let again = try await AlarmHouse(folder: folder, clock: manual)
manual.advance(by: .seconds(600))
await again.runner.drain()
say(
  "after a restart \(alarms) alarms are read and judged in \(text((ContinuousClock.now - opening.0).secondsAsDouble, 2)) s, CPU \(text(cpu() - opening.1, 2)) s"
)
await again.close()
