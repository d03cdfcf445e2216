import Foundation
import Glibc
import Series
import Time

func seconds(_ work: () async throws -> Void) async rethrows -> Double {
  let clock = ContinuousClock()
  let start = clock.now
  try await work()
  return (clock.now - start).secondsAsDouble
}

func line(_ name: String, _ value: Double, _ unit: String, _ more: String = "") {
  print(
    name.padding(toLength: 52, withPad: " ", startingAt: 0) + String(format: "%12.1f ", value) + unit + (more.isEmpty ? "" : "  (\(more))"))
}

func resident() -> Double {
  let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").dropFirst().first.flatMap {
    Double($0)
  }
  return (pages ?? 0) * 4_096 / 1e6
}

let message = Array(
  #"{"level":"info","time":"2026-11-23T17:00:00.000Z","job":"render-4711","step":12,"message":"frame written","took":0.0123}"#.utf8)

/// Many callers that each wait for every append: events per second and the median wait.
func durable(_ engine: LogEngine, callers: Int, each: Int, groups: Int) async throws -> (rate: Double, median: Double) {
  var waits: [Double] = []
  let took = try await seconds {
    try await withThrowingTaskGroup(of: [Double].self) { group in
      for caller in 0..<callers {
        group.addTask {
          var mine: [Double] = []
          for number in 0..<each {
            mine.append(
              try await seconds {
                _ = try await engine.append(
                  [LogEvent(timestamp: Timestamp(milliseconds: Int64(number)), message: message)], group: "durable-\(caller % groups)",
                  stream: "s\(caller)")
              })
          }
          return mine
        }
      }
      for try await mine in group { waits += mine }
    }
  }
  let sorted = waits.sorted()
  return (Double(callers * each) / took, sorted[sorted.count / 2] * 1e3)
}

func logs(_ path: String, megabytes: Int) async throws {
  let opened = ContinuousClock().now
  var engine = try LogEngine(directory: "\(path)/logs", clock: SystemClock())
  line("logs: open an empty directory", (ContinuousClock().now - opened).secondsAsDouble * 1e3, "ms")
  for (callers, groups) in [(1, 1), (16, 1), (16, 16), (128, 128)] {
    let (rate, median) = try await durable(engine, callers: callers, each: callers == 1 ? 2_000 : 1_000, groups: groups)
    line(
      "logs: durable appends of 1 event, \(callers) callers, \(groups) groups", rate, "events/s",
      String(format: "median wait %.2f ms", median))
  }
  let batch = (0..<5_000).map { LogEvent(timestamp: Timestamp(milliseconds: Int64($0)), message: message) }
  let rounds = megabytes * 1_000_000 / (4 * batch.count * message.count)
  let target = engine
  let ingest = try await seconds {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for caller in 0..<4 {
        group.addTask {
          for round in 0..<rounds {
            let events = batch.map { LogEvent(timestamp: $0.timestamp + .milliseconds(Int64(round * 5_000)), message: $0.message) }
            _ = try await target.append(events, group: "bulk", stream: "s\(caller)")
          }
        }
      }
      try await group.waitForAll()
    }
  }
  let bytes = Double(4 * rounds * batch.count * message.count)
  line(
    "logs: ingest in batches of 5,000, 4 callers", bytes / ingest / 1e6, "MB/s",
    String(format: "%.0f events/s", bytes / Double(message.count) / ingest))
  let closing = await seconds { await engine.close() }
  line("logs: close, journals moved", closing * 1e3, "ms")
  let reopening = ContinuousClock().now
  engine = try LogEngine(directory: "\(path)/logs", clock: SystemClock())
  line(
    "logs: open what was written", (ContinuousClock().now - reopening).secondsAsDouble * 1e3, "ms", engine.backgroundFault?.message ?? "")
  try scan(engine)
  line("logs: resident", resident(), "MB")
  await engine.close()
}

func scan(_ engine: LogEngine) throws {
  for (name, stream) in [("one stream", Set(["s0"])), ("four streams merged", Set(["s0", "s1", "s2", "s3"]))] {
    var (scanned, pages, position, found): (Int, Int, LogPosition?, Int) = (0, 0, nil, 0)
    let start = ContinuousClock().now
    repeat {
      let page = try engine.scan(
        group: "bulk", streams: stream, from: nil, to: nil, after: position, limit: 10_000, byteBudget: 32 << 20,
        where: { bytes in
          // A byte no message holds: what is measured is the reading.
          bytes.baseAddress.map { memchr($0, 1, bytes.count) != nil } ?? false
        })
      (scanned, pages, position, found) = (scanned + page.scannedBytes, pages + 1, page.next, found + page.events.count)
    } while position != nil
    line(
      "logs: scan \(name)", Double(scanned) / (ContinuousClock().now - start).secondsAsDouble / 1e6, "MB/s",
      "\(scanned / 1_000_000) MB, \(pages) pages, \(found) found")
  }
  let start = ContinuousClock().now
  var tail = 0
  for _ in 0..<200 {
    tail += try engine.read(group: "bulk", stream: "s1", from: nil, to: nil, position: nil, forward: false, limit: 100, byteLimit: 1 << 20)
      .events.count
  }
  line("logs: read the last 100 events of a stream", (ContinuousClock().now - start).secondsAsDouble / 200 * 1e6, "us", "\(tail) events")
}

func streams(_ path: String) async throws {
  var engine = try LogEngine(directory: "\(path)/streams", clock: SystemClock())
  let target = engine
  let before = resident()
  let took = try await seconds {
    for part in 0..<100 {
      try await target.appendAll(
        (0..<1_000).map { number in
          LogBatch(
            group: "group-\((part * 1_000 + number) % 2_000)", stream: "job/default/\(part * 1_000 + number)",
            events: (0..<10).map { LogEvent(timestamp: Timestamp(milliseconds: Int64(part * 100 + $0)), message: message) })
        })
    }
  }
  line(
    "logs: 100,000 streams in 2,000 groups, 10 events each", 1_000_000 / took, "events/s",
    String(format: "%.0f MB more resident", resident() - before))
  await engine.close()
  let start = ContinuousClock().now
  engine = try LogEngine(directory: "\(path)/streams", clock: SystemClock())
  line("logs: open 100,000 streams", (ContinuousClock().now - start).secondsAsDouble * 1e3, "ms", engine.backgroundFault?.message ?? "")
  let count = (0..<2_000).reduce(0) { $0 + engine.streams(group: "group-\($1)").reduce(0) { $0 + $1.eventCount } }
  line("logs: events found again", Double(count), "")
  await engine.close()
}
