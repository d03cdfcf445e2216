import Glibc
import JSON
import JSONata

// Evaluations per second of CPU time, one thread, of the cases and documents of shared/bench/jsonata, beside what the reference
// implementation does there on Node 20. An expression is compiled once and its input is parsed before.
// Usage: bench-jsonata CASES.json [seconds per line] [a part of the lines' names]
//        bench-jsonata document BYTES: prints that document

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "document" {
  print(Workload.document(bytes: arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000, seed: 20_260_921).text)
  exit(0)
}
guard let path = arguments.first, let file = fopen(path, "r") else {
  print("usage: bench-jsonata jsonata_cases.json [seconds per line] [a part of the lines' names]")
  exit(2)
}
let seconds = arguments.dropFirst().first.flatMap { Double($0) } ?? 0.5
let only = arguments.dropFirst(2).first ?? ""
var bytes: [UInt8] = []
while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
let specification = try JSONValue(parsing: bytes)

func cpuTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The median time of one call of the work.
@MainActor func measure(_ work: () throws -> Void) rethrows -> Double {
  var times: [Double] = []
  let end = cpuTime() + seconds
  var batch = 1
  repeat {
    let start = cpuTime()
    for _ in 0..<batch { try work() }
    let time = cpuTime() - start
    if time < 0.002 { batch *= 2 } else { times.append(time / Double(batch)) }
  } while cpuTime() < end || times.count < 3
  return times.sorted()[times.count / 2]
}

func number(_ value: Double) -> String {
  let text = value >= 100 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
  return String(repeating: " ", count: max(0, 10 - text.count)) + text
}

/// What the reference implementation does: evaluations per second for 1 KB, 100 KB and 1 MB, and microseconds to compile.
let reference: [String: [Double]] = [
  "path": [348_600, 365_800, 366_600, 125], "path_map": [243_200, 4_505, 438, 140], "filter_map": [30_080, 286, 27.8, 288],
  "aggregate": [20_500, 598, 38.5, 247], "strings": [13_140, 125, 12.2, 258], "payload": [27_720, 28_940, 27_910, 453],
  "regex": [24_720, 331, 29.3, 331], "sort": [61_080, 142, 6.0, 184], "higher_order": [7_964, 121, 11.7, 322],
]
let sizes = [("1KB", 1_000), ("100KB", 100_000), ("1MB", 1_000_000)]
let documents = sizes.map { Workload.document(bytes: $0.1, seed: 20_260_921) }
var logarithms = 0.0
var count = 0.0
var least = Double.infinity
print("case          size    evaluations/s   reference   times")
for one in specification["cases"]?.array ?? [] {
  guard let name = one["name"]?.string, let text = one["expr"]?.string, only.isEmpty || name.contains(only) else { continue }
  let bindings = (one["bindings"]?.object ?? [:]).reduce(into: [String: JSONValue]()) { $0[$1.key] = $1.value }
  let expression = try JSONata(text)
  for (index, size) in sizes.enumerated() {
    let rate = 1 / (try measure { _ = try expression.evaluate(documents[index], bindings: bindings) })
    let peer = reference[name]?[index] ?? .nan
    logarithms += log(rate / peer)
    count += 1
    least = min(least, rate / peer)
    let label = name + String(repeating: " ", count: max(0, 14 - name.count)) + size.0
    print(label + String(repeating: " ", count: max(0, 20 - label.count)) + number(rate) + "  " + number(peer) + number(rate / peer))
  }
  let compile = (try measure { _ = try JSONata(text) }) * 1e6
  print(
    name + String(repeating: " ", count: max(0, 14 - name.count)) + "compile" + number(compile) + " us"
      + number(reference[name]?[3] ?? .nan) + number((reference[name]?[3] ?? .nan) / compile))
}
print("geometric mean \((exp(logarithms / count) * 100).rounded() / 100) times, least \((least * 100).rounded() / 100)")
