import Foundation

// What the metric engine does with the workloads of shared/bench/monitoring (metrics_gen.py encode --format rw writes the files).
// Usage: bench-metrics engine FILE.rw DIRECTORY [callers], or bench-metrics crash DIRECTORY [rounds].

let arguments = Array(CommandLine.arguments.dropFirst())
switch (arguments.first ?? "", arguments.count) {
case ("engine", 3...): try await engine(file: arguments[1], directory: arguments[2])
case ("query", 3...): try await query(file: arguments[1], directory: arguments[2])
default: print("usage: bench-metrics engine|query FILE.rw DIRECTORY")
}
