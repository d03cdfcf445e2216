// The log engine on generated job logs (../shared/bench/monitoring/logs_gen.py): ingest, size on disk, and the eleven questions of
// logs_peers.py, whose answers are checked against the generator's summary.json.
//
//   python3 logs_gen.py --out DATA --bytes 2e9
//   bench-logs load DATA STORE;  bench-logs query DATA STORE [QUESTION...];  bench-logs read DATA STORE [STREAM...]
import Foundation

let arguments = CommandLine.arguments
guard arguments.count > 3 else { fatalError("usage: bench-logs load|query|read DATA STORE [QUESTION...|STREAM...]") }
if arguments[1] == "load" {
  try await load(arguments[2], into: arguments[3])
} else if arguments[1] == "read" {
  try await read(arguments[3], Array(arguments[4...]))
} else {
  try await ask(arguments[2], arguments[3], Array(arguments[4...]))
}
