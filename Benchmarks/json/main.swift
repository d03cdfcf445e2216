import Foundation
import Glibc
import JSON

// Parses and writes one document of about a megabyte, here and with Foundation, on one thread; figures are per second of
// that thread's CPU time. Usage: bench-json [bytes] [seconds per line] [a part of the lines' names]

let arguments = Array(CommandLine.arguments.dropFirst())
let size = arguments.first.flatMap { Int($0) } ?? 1_000_000
let seconds = arguments.dropFirst().first.flatMap { Double($0) } ?? 1.5
let only = arguments.dropFirst(2).first ?? ""
let document = workload(bytes: size, seed: 7)

func cpuTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Runs the work over and over for a while, prints the median and the best MB/s and answers the median.
@MainActor @discardableResult
func line(_ name: String, _ bytes: Int, against base: Double? = nil, after: () -> Void = {}, _ work: () throws -> Void) rethrows -> Double?
{
  guard only.isEmpty || name.contains(only) else { return nil }
  var times: [Double] = []
  let end = cpuTime() + seconds
  repeat {
    let start = cpuTime()
    try work()
    times.append(cpuTime() - start)
    after()
  } while cpuTime() < end || times.count < 5
  times.sort()
  let median = Double(bytes) / times[times.count / 2] / 1e6
  let ratio = base.map { String(format: "%8.1fx", $0 / median) } ?? ""
  print(
    name.padding(toLength: 34, withPad: " ", startingAt: 0) + String(format: "%9.0f %9.0f", median, Double(bytes) / times[0] / 1e6) + ratio)
  return median
}

let value = try JSONValue(parsing: document)
let written = value.bytes
guard try JSONValue(parsing: written) == value else {
  print("the round trip changed the document")
  exit(1)
}
print("document \(document.count) bytes, written \(written.count) bytes; seed 7; one thread; MB per CPU second")
print("                                     median      best   Martlet is")

var kept: JSONValue = .null
try line("Martlet parse", document.count, after: { kept = .null }) { kept = try JSONValue(parsing: document) }
let read = try line("Martlet parse and release", document.count) { _ = try JSONValue(parsing: document) }
let records = (value.array ?? []).map(\.bytes)
let recordBytes = records.reduce(0) { $0 + $1.count }
try line("Martlet parse record by record", recordBytes) { for record in records { _ = try JSONValue(parsing: record) } }
try line("Martlet rewrite record by record", recordBytes) { for record in records { _ = try JSONValue(parsing: record).bytes } }
let write = line("Martlet write", written.count) { _ = value.bytes }

let data = Data(document)
try line("Foundation JSONSerialization read", document.count, against: read) { _ = try JSONSerialization.jsonObject(with: data) }
let object = try JSONSerialization.jsonObject(with: data)
try line("Foundation JSONSerialization write", written.count, against: write) { _ = try JSONSerialization.data(withJSONObject: object) }
try line("Foundation JSONDecoder", document.count, against: read) { _ = try JSONDecoder().decode([Record].self, from: data) }
let typed = try JSONDecoder().decode([Record].self, from: data)
let encoded = try JSONEncoder().encode(typed).count
try line("Foundation JSONEncoder", encoded, against: write) { _ = try JSONEncoder().encode(typed) }
