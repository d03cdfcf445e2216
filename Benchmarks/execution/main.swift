// Runs /bin/true through the local execution engine and, in the same run, by bare posix_spawn.
//
//   bench-execution [JOBS]
//
// Throughput: as many jobs as given (3,000), 64 outstanding, from start to release; bare: two threads that spawn and wait. Latency: one
// job at a time, from the call of start to the delivery of its end; bare: from spawn to the return of waitpid. Idle: CPU time of this
// process and of the supervisor during three seconds without jobs. A job that does not end with 0 ends the benchmark.
import Execution
import Foundation
import LocalExecution
import Logging
import Time

func seconds(_ body: () async throws -> Void) async rethrows -> Double {
  let clock = ContinuousClock()
  let start = clock.now
  try await body()
  return (clock.now - start).secondsAsDouble
}

func line(_ name: String, _ value: String) { print(name.padding(toLength: 44, withPad: " ", startingAt: 0) + value) }

func milliseconds(_ value: Double) -> String { String(format: "%.2f ms", value * 1e3) }

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("bench-execution: \(message)\n".utf8))
  exit(1)
}

func quantile(_ sorted: [Double], _ part: Double) -> Double { sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))] }

guard let nursery = LocalExecution.nurseryPath() else { fail("martlet-nursery was not found") }
let jobs = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3_000
guard jobs >= 64 else { fail("fewer than 64 jobs measure nothing") }

let folder = NSTemporaryDirectory() + "martlet-bench-\(getpid())"
let engine = try await LocalExecution(
  directory: folder, nursery: nursery, clock: SystemClock(), logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
let ends = Ends()
let following = Task {
  try await engine.run { event in
    guard case .exited(let id, let report) = event else { return }
    if report.reason != .exited(code: 0) { fail("\(id) ended with \(report.reason)") }
    await engine.release(id)
    await ends.ended(id)
  }
}

@Sendable func runOne(_ id: String) async throws {
  try await engine.start(
    Attempt(id: id, command: ["/bin/true"], environment: ["PATH": "/bin"], workingDirectory: nil, cpus: 1, memoryMiB: 64))
  await ends.wait(for: id)
}

for number in 0..<100 { try await runOne("warm.\(number)") }

let bareRates = Bare.rate(jobs: min(jobs, 3_000), threads: 2)
var rates: [Double] = []
for round in 0..<3 {
  let time = try await seconds {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<jobs {
        if number >= 64 { try await group.next() }
        group.addTask { try await runOne("many.\(round).\(number)") }
      }
      try await group.waitForAll()
    }
  }
  rates.append(Double(jobs) / time)
}
let rate = rates.sorted()[1]
line("jobs per second, 64 outstanding", String(format: "%.0f", rate))
line("bare posix_spawn per second, 2 threads", String(format: "%.0f", bareRates))
line("ratio", String(format: "%.2f", rate / bareRates))

var waits: [Double] = []
for number in 0..<500 {
  waits.append(try await seconds { try await runOne("one.\(number)") })
  try await Task.sleep(for: .milliseconds(2))
}
waits.sort()
let bare = (0..<500).map { _ in Bare.once() }.sorted()
line("one job idle, p50 / p99", "\(milliseconds(quantile(waits, 0.5))) / \(milliseconds(quantile(waits, 0.99)))")
line("bare posix_spawn, p50 / p99", "\(milliseconds(quantile(bare, 0.5))) / \(milliseconds(quantile(bare, 0.99)))")

let before = (own: Bare.cpuSeconds(), supervisor: Bare.cpuSeconds(ofProcessWith: folder))
try await Task.sleep(for: .seconds(3))
let after = (own: Bare.cpuSeconds(), supervisor: Bare.cpuSeconds(ofProcessWith: folder))
line(
  "idle CPU in 3 s, server / supervisor", "\(milliseconds(after.own - before.own)) / \(milliseconds(after.supervisor - before.supervisor))")

await engine.shutdown(stopJobs: true)
following.cancel()
try? FileManager.default.removeItem(atPath: folder)
