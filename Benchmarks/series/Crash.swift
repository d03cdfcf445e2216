import Foundation
import Glibc
import Series
import Time

/// Small files, so that a process is killed amid moves as well.
private func open(_ path: String) throws -> (LogEngine, MetricEngine) {
  var (limits, metricLimits) = (LogEngine.Limits(), MetricEngine.Limits())
  (limits.journalBytes, limits.segmentBytes) = (40_000, 100_000)
  (metricLimits.journalBytes, metricLimits.filesOfDay) = (20_000, 3)
  return (
    try LogEngine(directory: "\(path)/logs", clock: SystemClock(), limits: limits),
    try MetricEngine(directory: "\(path)/metrics", clock: SystemClock(), limits: metricLimits)
  )
}

private let callers = 8
private func key(_ caller: Int) -> MetricKey { MetricKey(scope: "s", namespace: "N", name: "m\(caller)", dimensions: []) }

private func logged(_ logs: LogEngine, _ caller: Int) throws -> [StoredLogEvent] {
  try logs.read(
    group: "g\(caller % 3)", stream: "s\(caller)", from: nil, to: nil, position: nil, forward: true, limit: 10_000_000, byteLimit: 1 << 40
  ).events
}

private func measured(_ metrics: MetricEngine, _ caller: Int) throws -> Double {
  try metrics.buckets(key(caller), from: Timestamp(seconds: 0), to: Timestamp(seconds: 1 << 33), period: 3_600, unit: nil).reduce(0) {
    $0 + $1.count
  }
}

/// Appends until it is killed and says on standard output what was answered: caller and how many.
func write(_ path: String) async throws {
  let (logs, metrics) = try open(path)
  try await withThrowingTaskGroup(of: Void.self) { group in
    for caller in 0..<callers {
      group.addTask {
        var number = try logged(logs, caller).count
        while true {
          _ = try await logs.append(
            [LogEvent(timestamp: Timestamp(milliseconds: Int64(number)), message: Array("event \(number)".utf8))], group: "g\(caller % 3)",
            stream: "s\(caller)")
          try await metrics.append([
            MetricSample(key: key(caller), at: Timestamp(seconds: 1_790_000_000 + Int64(number % 100)), unit: nil, data: .value(1))
          ])
          number += 1
          let text = "\(caller) \(number)\n"
          _ = text.withCString { Glibc.write(1, $0, strlen($0)) }
        }
      }
    }
    try await group.waitForAll()
  }
}

/// Kills a writing process again and again and looks whether anything that was answered is missing or anything is there twice.
func crash(_ path: String, rounds: Int) async throws {
  var total = 0
  for round in 0..<rounds {
    let child = Process()
    child.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    child.arguments = ["write", path]
    let pipe = Pipe()
    child.standardOutput = pipe
    try child.run()
    let identifier = child.processIdentifier
    // Not before the first append was answered.
    let first = pipe.fileHandleForReading.availableData
    Task {
      try await Task.sleep(for: .milliseconds(10 + round * 37 % 400))
      kill(identifier, SIGKILL)
    }
    let output = String(decoding: first + pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    child.waitUntilExit()
    var answered = [Int](repeating: 0, count: callers)
    // The last line may be cut.
    for line in output.split(separator: "\n").dropLast() {
      let parts = line.split(separator: " ").compactMap { Int($0) }
      if parts.count == 2 { answered[parts[0]] = max(answered[parts[0]], parts[1]) }
    }
    let (logs, metrics) = try open(path)
    for caller in 0..<callers {
      let events = try logged(logs, caller)
      let texts = events.map { String(decoding: $0.message, as: UTF8.self) }
      guard texts == events.indices.map({ "event \($0)" }), events.count >= answered[caller], Set(events.map(\.id)).count == events.count
      else { return print("round \(round): caller \(caller) was answered \(answered[caller]) events and has \(events.count)") }
      let samples = try measured(metrics, caller)
      // Each kill may leave at most one event that was stored and a sample that was not.
      guard samples >= Double(answered[caller] - round - 1), samples <= Double(events.count) else {
        return print("round \(round): caller \(caller) was answered \(answered[caller]) samples and has \(samples)")
      }
    }
    await logs.close()
    await metrics.close()
    if let fault = logs.backgroundFault ?? metrics.backgroundFault { return print("round \(round): \(fault)") }
    total = max(total, answered.reduce(0, +))
  }
  print("killed \(rounds) times; \(total) appends answered, all there and none twice")
}
