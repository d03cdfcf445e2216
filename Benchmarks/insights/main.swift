// Scans generated job logs (../shared/bench/monitoring/logs_gen.py) with the eleven questions of logs_peers.py, on one thread.
//
//   python3 logs_gen.py --out DIR --bytes 2e8;  bench-insights DIR [QUESTION...]
import Foundation
import LogsInsights
import Time

let arguments = CommandLine.arguments
guard arguments.count > 1 else { fatalError("usage: bench-insights DIR [QUESTION...]") }
let logs = try Logs(folder: arguments[1])
print("\(logs.count) events, \(logs.bytes / 1_000_000) MB of messages in \(logs.blocks.count) blocks")
print("question          rows  first value                       MB per cpu-s   ns per event")
for question in Question.all where arguments.count < 3 || arguments[2...].contains(where: question.name.hasPrefix) {
  try question.run(logs)
}
