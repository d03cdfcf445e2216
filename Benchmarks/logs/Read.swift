import Foundation
import Series
import Time

/// Reads whole streams from their first event on, in pages as GetLogEvents does: 10,000 events and a megabyte at most. Without names the
/// ten largest.
func read(_ store: String, _ names: [String]) async throws {
  let engine = try LogEngine(directory: store, clock: SystemClock())
  let largest = engine.streams(group: group).sorted { $0.eventCount > $1.eventCount }.prefix(10).map(\.name)
  var (bytes, events, pages) = (0, 0, 0)
  let (before, start) = (cpu(), wall())
  for name in names.isEmpty ? largest : names {
    var position: LogPosition?
    while true {
      let page = try engine.read(
        group: group, stream: name, from: nil, to: nil, position: position, forward: true, limit: 10_000, byteLimit: 1 << 20)
      if page.events.isEmpty { break }
      bytes += page.events.reduce(0) { $0 + $1.message.count }
      events += page.events.count
      pages += 1
      position = page.forwardPosition
    }
  }
  let (used, took) = (cpu() - before, wall() - start)
  print(
    String(
      format: "%.1f MB, %d events in %d pages: %.0f MB per cpu-s, %.0f MB/s", Double(bytes) / 1e6, events, pages,
      Double(bytes) / used / 1e6, Double(bytes) / took / 1e6))
  await engine.close()
}
