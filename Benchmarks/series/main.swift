import Foundation

// What the log and metric engines do on this machine's disk. Usage: bench-series [directory] [megabytes of logs]

let arguments = Array(CommandLine.arguments.dropFirst())
let path = "\(arguments.first ?? NSTemporaryDirectory())/bench-series-\(ProcessInfo.processInfo.processIdentifier)"
defer { try? FileManager.default.removeItem(atPath: path) }

try await logs(path, megabytes: arguments.dropFirst().first.flatMap { Int($0) } ?? 200)
try await streams(path)
try await metrics(path)
