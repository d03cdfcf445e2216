import JSON
import Logging
import ServiceKit
import Store

/// The last points of cumulative series, from an orderly stop of the server to its next start.
struct KeptCounters: Resource {
  static let kind = "inlets.cumulative-series"
  struct Item: Codable, Sendable {
    var series: CumulativeSeries.Key
    var entry: CumulativeSeries.Entry
  }
  var number: Int
  var items: [Item]

  var key: String { "\(number)" }
  /// Series in one record.
  private static let most = 500

  static func write(_ entries: [(CumulativeSeries.Key, CumulativeSeries.Entry)], _ context: RoomContext) async throws {
    for start in stride(from: 0, to: entries.count, by: most) {
      // What has numbers that JSON has not begins anew.
      let items = entries[start..<min(start + most, entries.count)].map { Item(series: $0.0, entry: $0.1) }
        .filter { (try? JSONValue(encoding: $0)) != nil }
      let home = context.home
      try await context.store.write { _ = try $0.put(KeptCounters(number: start / most, items: items), in: home) }
    }
  }

  /// Reads what was kept, and removes it: after a crash it would be of long ago.
  static func take(_ context: RoomContext) async throws -> [(CumulativeSeries.Key, CumulativeSeries.Entry)] {
    let home = context.home
    return try await context.store.write { transaction in
      var pages: [KeptCounters] = []
      try transaction.forEach(KeptCounters.self, in: home) { page in
        pages.append(page)
        return true
      }
      for page in pages { try transaction.delete(KeptCounters.self, page.key, in: home) }
      return pages.flatMap(\.items).map { ($0.series, $0.entry) }
    }
  }
}
