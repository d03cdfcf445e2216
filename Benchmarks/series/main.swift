import Foundation

// What the log and metric engines do on this machine's disk. Usage: bench-series [directory] [megabytes of logs], or
// bench-series crash [directory] [rounds]: kills a writing process and looks whether anything that was answered is missing.

var arguments = Array(CommandLine.arguments.dropFirst())
let mode = arguments.first.flatMap { ["write", "crash"].contains($0) ? $0 : nil }
if mode != nil { arguments.removeFirst() }
if mode == "write" { try await write(arguments.first ?? "") }
let path = "\(arguments.first ?? NSTemporaryDirectory())/bench-series-\(ProcessInfo.processInfo.processIdentifier)"
let amount = arguments.dropFirst().first.flatMap { Int($0) }
defer { try? FileManager.default.removeItem(atPath: path) }

if mode == "crash" {
  try await crash(path, rounds: amount ?? 20)
} else {
  try await logs(path, megabytes: amount ?? 200)
  try await streams(path)
  try await metrics(path)
}
