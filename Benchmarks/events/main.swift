// Matches the events of each workload with its rules and compares with other matchers.
//
//   bench-events FOLDER [WORKLOAD...]
//
// FOLDER holds manifest.json and for each workload rules.json and events.ndjson. Reading each event's JSON is part of the time,
// one pass to warm up is not, then the median of five passes counts. A wrong count or checksum ends the benchmark.
import EventPattern
import Foundation
import JSON
import Synchronization

func cpuSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func column(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }

func grouped(_ value: Double) -> String {
  var digits = String(Int(value))
  var parts: [String] = []
  while digits.count > 3 {
    parts.insert(String(digits.suffix(3)), at: 0)
    digits.removeLast(3)
  }
  return ([digits] + parts).joined(separator: ",")
}

func ratio(_ rate: Double, _ peer: Double?) -> String { peer.map { String(format: "%.1f", rate / $0) } ?? "-" }

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("bench-events: \(message)\n".utf8))
  exit(1)
}

/// Measures one workload and writes its row.
func measure(_ workload: Workload) -> RuleMatcher<Int> {
  let matcher = RuleMatcher<Int>()
  let before = cpuSeconds()
  for (number, pattern) in workload.patterns.enumerated() { matcher.add(number, pattern) }
  let adding = (cpuSeconds() - before) / Double(max(workload.patterns.count, 1))
  let (matches, checksum) = workload.run(matcher)
  guard matches == workload.matches, checksum == workload.checksum else {
    fail("\(workload.name) gave \(matches) matches with checksum \(checksum), expected \(workload.matches) and \(workload.checksum)")
  }
  let rates = (0..<5).map { _ in
    let start = cpuSeconds()
    _ = workload.run(matcher)
    return Double(workload.lines.count) / (cpuSeconds() - start)
  }
  let rate = rates.sorted()[2]
  let peer = Peer.figures[workload.name]
  print(
    workload.name.padding(toLength: 26, withPad: " ", startingAt: 0), column(String(workload.patterns.count), 7), column(grouped(rate), 12),
    column(ratio(rate, peer?.eventRuler), 8), column(ratio(rate, peer?.quamina), 8), column(String(format: "%.1f", adding * 1e6), 9))
  return matcher
}

/// Adds and removes single rules beside those of the workload while another thread matches its events.
func measureChanges(_ workload: Workload, _ matcher: RuleMatcher<Int>) {
  let isOver = Atomic(false)
  let passes = Atomic(0)
  let thread = Thread {
    while !isOver.load(ordering: .relaxed) {
      _ = workload.run(matcher)
      passes.add(1, ordering: .relaxed)
    }
  }
  thread.start()
  var adds: [Double] = []
  var removes: [Double] = []
  let clock = ContinuousClock()
  for number in 0..<2000 {
    guard let pattern = try? EventPattern("{\"source\":[\"app.orders\"],\"detail\":{\"id\":[\"extra\(number)\"]}}") else { continue }
    adds.append(clock.measure { matcher.add(-1, pattern) } / .microseconds(1))
    removes.append(clock.measure { _ = matcher.remove(-1) } / .microseconds(1))
  }
  isOver.store(true, ordering: .relaxed)
  func row(_ times: [Double]) -> String {
    let sorted = times.sorted()
    return String(
      format: "p50 %.1f us, p99 %.1f us, max %.1f us", sorted[sorted.count / 2], sorted[sorted.count * 99 / 100], sorted.last ?? 0)
  }
  print("one rule among \(matcher.count), while another thread matches: add \(row(adds)); remove \(row(removes))")
}

guard CommandLine.arguments.count > 1 else { fail("name the folder of the workloads") }
let folder = URL(filePath: CommandLine.arguments[1])
let only = Set(CommandLine.arguments.dropFirst(2))
do {
  let manifest = try JSONValue(parsing: Array(try Data(contentsOf: folder.appending(path: "manifest.json"))))
  print("workload".padding(toLength: 26, withPad: " ", startingAt: 0), "  rules    events/s  x ruler x quamina us/add")
  for (name, expected) in manifest["workloads"]?.object ?? JSONObject() where only.isEmpty || only.contains(name) {
    let workload = try Workload(name, in: folder, expected)
    let matcher = measure(workload)
    if name == "exact100000" { measureChanges(workload, matcher) }
  }
} catch {
  fail("\(error)")
}
