import Foundation

// What the metric engine does with the workloads of shared/bench/monitoring (metrics_gen.py encode --format rw writes the files).
// Usage: bench-metrics engine|query FILE.rw DIRECTORY, or bench-metrics crash DIRECTORY [rounds] [seed]: kills a writing process and
// looks whether anything that was answered is missing; bench-metrics full DIRECTORY fills a small file system.

let arguments = Array(CommandLine.arguments.dropFirst())
switch (arguments.first ?? "", arguments.count) {
case ("engine", 3...): try await engine(file: arguments[1], directory: arguments[2])
case ("query", 3...): try await query(file: arguments[1], directory: arguments[2])
case ("write", 2...): try await write(arguments[1])
case ("full", 2...): try await full(arguments[1])
case ("crash", 2...):
  try await crash(
    arguments[1], rounds: arguments.dropFirst(2).first.flatMap { Int($0) } ?? 20,
    seed: arguments.dropFirst(3).first.flatMap { Int($0) } ?? 1)
default: print("usage: bench-metrics engine|query FILE.rw DIRECTORY | crash DIRECTORY [rounds] [seed] | full DIRECTORY")
}
