import Foundation
import Glibc
import Series
import Time

/// Numbers that are the same for the same seed.
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9E37_79B9_7F4A_7C15 | 1 }
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state &* 0x2545_F491_4F6C_DD1D
  }
}

private let callers = 6
private let begin: Int64 = 1_790_000_000
private func name(_ caller: Int, _ part: Int) -> MetricKey {
  MetricKey(scope: "s", namespace: "N", name: "m\(caller)", dimensions: [Series.Dimension(name: "part", value: "\(part)")])
}

/// Small files, so that the process is killed amid moves and joins as well.
private func crashing(_ path: String) throws -> MetricEngine {
  var limits = MetricEngine.Limits()
  (limits.journalBytes, limits.filesOfDay) = (30_000, 3)
  limits.ladder = try RetentionLadder("1s:3650d")
  return try MetricEngine(directory: path, clock: SystemClock(), limits: limits)
}

/// The rounds that a caller has stored: each puts its number into every part, so all parts must have the same.
private func stored(_ engine: MetricEngine, _ caller: Int) throws -> [[Double]] {
  try (0..<3).map { part in
    try engine.buckets(name(caller, part), from: Timestamp(seconds: begin), to: Timestamp(seconds: begin + 1 << 24), period: 1, unit: nil)
      .flatMap { bucket in Array(repeating: bucket.sum / bucket.count, count: Int(bucket.count)) }
  }
}

/// Appends until it is killed and says on standard output what was answered.
func write(_ path: String) async throws {
  let engine = try crashing(path)
  try await withThrowingTaskGroup(of: Void.self) { group in
    for caller in 0..<callers {
      group.addTask {
        var number = try stored(engine, caller)[0].count
        while true {
          let second = begin + Int64(number)
          if caller % 2 == 0 {
            try await engine.append(
              (0..<3).map {
                MetricSample(
                  key: name(caller, $0), at: Timestamp(seconds: second), unit: nil, data: .value(Double(number)), resolution: 1)
              })
          } else {
            let batch = try engine.collect(expected: 3) { collector in
              for part in 0..<3 {
                try Array("\(caller)/\(part)".utf8).withUnsafeBytes { bytes in
                  let handle =
                    try collector.find(bytes, space: 16)
                    ?? collector.define(bytes, space: 16, key: name(caller, part), unit: nil)
                  _ = collector.add(handle, second: second, value: Double(number))
                }
              }
            }
            try await engine.append(batch)
          }
          number += 1
          let text = "\(caller) \(number)\n"
          _ = text.withCString { Glibc.write(1, $0, strlen($0)) }
        }
      }
    }
    try await group.waitForAll()
  }
}

/// Kills a writing process again and again, at instants that the seed tells, and looks whether anything that was answered is missing or
/// anything is there twice.
func crash(_ path: String, rounds: Int, seed: Int) async throws {
  try? FileManager.default.removeItem(atPath: path)
  defer { try? FileManager.default.removeItem(atPath: path) }
  var random = Seeded(seed)
  var answered = [Int](repeating: 0, count: callers)
  for round in 0..<rounds {
    let child = Process()
    child.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    child.arguments = ["write", path]
    let pipe = Pipe()
    child.standardOutput = pipe
    try child.run()
    let (identifier, wait) = (child.processIdentifier, Int.random(in: 40...400, using: &random))
    Task {
      try await Task.sleep(for: .milliseconds(wait))
      kill(identifier, SIGKILL)
    }
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    child.waitUntilExit()
    // The last line may be cut.
    let lines = output.split(separator: "\n")
    for line in output.hasSuffix("\n") ? lines[...] : lines.dropLast() {
      let parts = line.split(separator: " ").compactMap { Int($0) }
      if parts.count == 2 { answered[parts[0]] = max(answered[parts[0]], parts[1]) }
    }
    let engine = try crashing(path)
    for caller in 0..<callers {
      let parts = try stored(engine, caller)
      let expected = parts[0].indices.map { Double($0) }
      guard parts.allSatisfy({ $0 == expected }), parts[0].count >= answered[caller], parts[0].count <= answered[caller] + round + 1 else {
        print("round \(round): caller \(caller) was answered \(answered[caller]) and has \(parts.map(\.count))")
        exit(1)
      }
    }
    await engine.close()
    if let fault = engine.backgroundFault {
      print("round \(round): \(fault)")
      exit(1)
    }
  }
  print("seed \(seed): killed \(rounds) times; \(answered.reduce(0, +)) appends answered, all there and none twice")
}
