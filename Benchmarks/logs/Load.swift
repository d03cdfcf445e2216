import Foundation
import Series
import Time

let group = "jobs"

/// CPU seconds of this process.
func cpu() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }
func wall() -> Double { seconds(CLOCK_MONOTONIC) }

private func seconds(_ clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

private func bytesOnDisk(_ path: String) -> Int {
  var total = 0
  for name in FileManager.default.enumerator(atPath: path)?.compactMap({ $0 as? String }) ?? [] {
    let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
    if attributes?[.type] as? FileAttributeType == .typeRegular { total += (attributes?[.size] as? NSNumber)?.intValue ?? 0 }
  }
  return total
}

/// Appends all files in bodies of about a megabyte, four at a time, each answered when it is on disk; what is timed ends when
/// everything has been moved to columns. Reading and splitting the files is not counted.
func load(_ data: String, into store: String) async throws {
  try? FileManager.default.removeItem(atPath: store)
  let engine = try LogEngine(directory: store, clock: SystemClock())
  let files = try FileManager.default.contentsOfDirectory(atPath: data).filter { $0.hasSuffix(".tsv") }.sorted()
  var (raw, used, took) = (0, 0.0, 0.0)
  for file in files {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: data + "/" + file)))
    raw += bytes.count
    let bodies = split(bytes)
    let (before, start) = (cpu(), wall())
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for (place, body) in bodies.enumerated() {
        if place >= 4 { try await tasks.next() }
        tasks.addTask { try await engine.appendAll(body) }
      }
      try await tasks.waitForAll()
    }
    (used, took) = (used + cpu() - before, took + wall() - start)
  }
  let (before, start) = (cpu(), wall())
  try await engine.settle()
  (used, took) = (used + cpu() - before, took + wall() - start)
  await engine.close()
  let disk = bytesOnDisk(store)
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  print(
    String(
      format: "%.2f GB: %.0f MB per cpu-s, %.0f MB/s; %.1f MB on disk, 1/%.1f; %.1f MB resident at most", Double(raw) / 1e9,
      Double(raw) / used / 1e6, Double(raw) / took / 1e6, Double(disk) / 1e6, Double(raw) / Double(disk), Double(usage.ru_maxrss) / 1e3),
    engine.backgroundFault?.message ?? "")
}

private func split(_ bytes: [UInt8]) -> [[LogBatch]] {
  var (bodies, events, size, start): ([[LogBatch]], [String: [LogEvent]], Int, Int) = ([], [:], 0, 0)
  while start < bytes.count {
    let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
    let line = bytes[start..<end]
    start = end + 1
    if let first = line.firstIndex(of: 0x09), let second = line[(first + 1)...].firstIndex(of: 0x09) {
      let time = Int64(String(decoding: line[..<first], as: UTF8.self)) ?? 0
      events[String(decoding: line[(first + 1)..<second], as: UTF8.self), default: []].append(
        LogEvent(timestamp: Timestamp(milliseconds: time), message: Array(line[(second + 1)...])))
      size += line.count
    }
    if size > 1_000_000 || start >= bytes.count {
      bodies.append(events.map { LogBatch(group: group, stream: $0.key, events: $0.value) })
      (events, size) = ([:], 0)
    }
  }
  return bodies
}
