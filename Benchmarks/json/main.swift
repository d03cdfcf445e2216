import Foundation
import Glibc
import JSON
import Time

// Parses and writes one document of about a megabyte, here and with Foundation, on one thread; figures are per second of
// that thread's CPU time. Usage: bench-json [bytes] [seconds per line]

let arguments = CommandLine.arguments.dropFirst().compactMap { Double($0) }
let size = Int(arguments.first ?? 1_000_000)
let seconds = arguments.count > 1 ? arguments[1] : 1.5
let document = workload(bytes: size, seed: 7)

func cpuTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Runs the work over and over for a while and answers the median and the best MB/s.
func measure(_ bytes: Int, after: () -> Void = {}, _ work: () throws -> Void) rethrows -> (median: Double, best: Double) {
  var times: [Double] = []
  let end = cpuTime() + seconds
  repeat {
    let start = cpuTime()
    try work()
    times.append(cpuTime() - start)
    after()
  } while cpuTime() < end || times.count < 5
  times.sort()
  return (Double(bytes) / times[times.count / 2] / 1e6, Double(bytes) / times[0] / 1e6)
}

func row(_ name: String, _ result: (median: Double, best: Double), _ base: Double? = nil) {
  let ratio = base.map { String(format: "%8.1fx", $0 / result.median) } ?? ""
  print(name.padding(toLength: 34, withPad: " ", startingAt: 0) + String(format: "%9.0f %9.0f", result.median, result.best) + ratio)
}

let value = try JSONValue(parsing: document)
let written = value.bytes
guard try JSONValue(parsing: written) == value else { fatalError("the round trip changed the document") }
print("document \(document.count) bytes, written \(written.count) bytes; seed 7; one thread; MB per CPU second")
print("                                     median      best   Martlet is")

var kept: JSONValue = .null
let parse = try measure(document.count, after: { kept = .null }) { kept = try JSONValue(parsing: document) }
let parseAndRelease = try measure(document.count) { _ = try JSONValue(parsing: document) }
let write = measure(written.count) { _ = value.bytes }
row("Martlet parse", parse)
row("Martlet parse and release", parseAndRelease)
row("Martlet write", write)

let data = Data(document)
row(
  "Foundation JSONSerialization read", try measure(document.count) { _ = try JSONSerialization.jsonObject(with: data) },
  parseAndRelease.median)
let object = try JSONSerialization.jsonObject(with: data)
row(
  "Foundation JSONSerialization write", try measure(written.count) { _ = try JSONSerialization.data(withJSONObject: object) }, write.median)
row(
  "Foundation JSONDecoder", try measure(document.count) { _ = try JSONDecoder().decode([Record].self, from: data) }, parseAndRelease.median)
let records = try JSONDecoder().decode([Record].self, from: data)
let encoded = try JSONEncoder().encode(records).count
row("Foundation JSONEncoder", try measure(encoded) { _ = try JSONEncoder().encode(records) }, write.median)
