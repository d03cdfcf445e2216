import Foundation
import Glibc
import RemoteWrite
import Series
import Synchronization
import Time

func cpuSeconds() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
  return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

func resident() -> Double {
  let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").dropFirst().first
  return (pages.flatMap { Double($0) } ?? 0) * 4_096 / 1e6
}

func line(_ name: String, _ value: Double, _ unit: String, _ more: String = "") {
  print(
    name.padding(toLength: 48, withPad: " ", startingAt: 0) + String(format: "%14.2f ", value) + unit + (more.isEmpty ? "" : "  (\(more))"))
}

func size(_ directory: String) -> Int {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
  return names.reduce(0) {
    $0 + (((try? FileManager.default.attributesOfItem(atPath: "\(directory)/\($1)"))?[.size] as? NSNumber)?.intValue ?? 0)
  }
}

func opened(_ directory: String) throws -> MetricEngine {
  var limits = MetricEngine.Limits()
  limits.ladder = try RetentionLadder("1s:3650d")
  return try MetricEngine(directory: directory, clock: SystemClock(), limits: limits)
}

func engine(file: String, directory: String) async throws {
  try? FileManager.default.removeItem(atPath: directory)
  let engine = try opened(directory)
  let start = ContinuousClock().now
  var (samples, used, unpacking) = (0, 0.0, 0.0)
  for body in try Requests(file) {
    let before = cpuSeconds()
    let plain = SnappyBlock.expand(body, limit: 1 << 30) ?? []
    let read = cpuSeconds()
    let batch = try collect(plain, engine)
    samples += batch.count
    try await engine.append(batch)
    unpacking += read - before
    used += cpuSeconds() - before
  }
  let wall = (ContinuousClock().now - start).secondsAsDouble
  line(
    "ingest, moves and joins beside it", Double(samples) / (used - unpacking), "samples/cpu-s",
    String(format: "%.2f with snappy; %.0f per s of wall; cpu %.2f", Double(samples) / used, Double(samples) / wall, used))
  line("resident after ingest", resident(), "MB")
  let before = cpuSeconds()
  try await engine.settle()
  line("settle", cpuSeconds() - before, "cpu-s", "\(Double(samples) / (used - unpacking + cpuSeconds() - before)) samples/cpu-s with it")
  line("on disk", Double(size(directory)) / Double(samples), "B/sample", "\(samples) samples, \(engine.seriesCount) series")
  for name in try FileManager.default.contentsOfDirectory(atPath: directory).sorted() {
    let bytes = ((try? FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)"))?[.size] as? NSNumber)?.intValue ?? 0
    print("  \(name) \(bytes)")
  }
  if let fault = engine.backgroundFault { print("FAULT \(fault)") }
  try questions(engine, isWide: file.contains("wide"))
  line("resident after queries", resident(), "MB")
  await engine.close()
}

func query(file: String, directory: String) async throws {
  let start = ContinuousClock().now
  let engine = try opened(directory)
  line("open", (ContinuousClock().now - start).secondsAsDouble * 1e3, "ms")
  try questions(engine, isWide: file.contains("wide"))
  line("resident after queries", resident(), "MB")
  await engine.close()
}
