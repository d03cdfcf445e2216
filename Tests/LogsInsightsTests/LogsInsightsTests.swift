import Foundation
import JSON
import LogsInsights
import Testing
import Time

/// The cases of Tests/Fixtures/logs-insights.
func cases(_ file: String) throws -> [JSONValue] {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/logs-insights")
  return try JSONValue(parsing: Array(Data(contentsOf: folder.appending(path: file)))).array ?? []
}

/// Options all cases are compiled with.
func options(_ range: Range<Int64>? = nil) -> PlanOptions {
  var options = PlanOptions(now: Timestamp(seconds: 1_767_700_000), timeRange: range)
  options.lookupTables["users"] = LookupTable(csv: "uid,name,team\n7,\"Ann, B\",x\r\n9,Bob,y\n")
  return options
}

struct Event {
  var time: Int64
  var message: String
}

let origin = LogOrigin(log: "123456789012:g", stream: "s", attributes: ["entity.Name": "e"])

/// Gives events one by one.
func fill(_ scan: Scan, _ events: [Event], firstLocation: UInt64 = 0) throws {
  for (number, event) in events.enumerated() {
    var message = event.message
    try message.withUTF8 { bytes in
      try scan.add(
        message: bytes, timestamp: event.time, ingestionTime: event.time &+ 1, origin: origin, location: firstLocation + UInt64(number))
    }
  }
}

/// Gives events as one batch.
func fillBatch(_ scan: Scan, _ events: [Event]) throws {
  var bytes: [UInt8] = []
  var starts: [UInt32] = []
  var ends: [UInt32] = []
  for event in events {
    starts.append(UInt32(bytes.count))
    bytes += Array(event.message.utf8)
    ends.append(UInt32(bytes.count))
    bytes.append(0)
  }
  let times = events.map(\.time)
  let ingestion = times.map { $0 &+ 1 }
  try bytes.withUnsafeBufferPointer { bytes in
    try starts.withUnsafeBufferPointer { starts in
      try ends.withUnsafeBufferPointer { ends in
        try times.withUnsafeBufferPointer { times in
          try ingestion.withUnsafeBufferPointer { ingestion in
            try scan.add(
              EventBatch(
                bytes: bytes, starts: starts, ends: ends, timestamps: times, ingestionTimes: ingestion, origins: [origin], firstLocation: 0)
            )
          }
        }
      }
    }
  }
}

/// Rows without `@ptr`.
func rows(_ scan: Scan) throws -> [[String: String]] {
  try scan.results().rows.map { row in
    Dictionary(row.filter { $0.field != "@ptr" }.map { ($0.field, $0.value) }) { $1 }
  }
}

@Suite struct LogsInsightsTests {
  @Test func everyDocumentedExampleCompiles() throws {
    let queries = try cases("parse.json")
    #expect(queries.count > 50)
    for query in queries {
      let text = try #require(query.string)
      #expect(throws: Never.self, "\(text)") { try Plan(text, options(1_000..<2_000)) }
    }
  }

  @Test func refusalsTellWhere() throws {
    for one in try cases("invalid.json") {
      let query = try #require(one["query"]?.string)
      let error = #expect(throws: QueryError.self, "\(query)") { try Plan(query, options()) }
      #expect(error?.message == one["message"]?.string, "\(query)")
      let location = (one["location"]?.array ?? []).compactMap(\.int).map(Int.init)
      #expect([error?.startCharOffset, error?.endCharOffset] == location, "\(query)")
    }
  }

  /// Each case one by one, as a batch, and over two scans that are merged.
  @Test func evaluates() throws {
    for one in try cases("evaluate.json") {
      let name = one["name"]?.string ?? ""
      let query = try #require(one["query"]?.string)
      let events = (one["events"]?.array ?? []).map { Event(time: $0[0]?.int ?? 0, message: $0[1]?.string ?? "") }
      let expected = (one["rows"]?.array ?? []).map { row in
        Dictionary(uniqueKeysWithValues: (row.object ?? [:]).map { ($0.key, $0.value.string ?? "") })
      }
      let range = one["range"]?.array.map { ($0[0].int ?? 0)..<($0[1].int ?? 0) }
      let plan = try Plan(query, options(range))
      let single = Scan(plan)
      try fill(single, events)
      #expect(try rows(single) == expected, "\(name)")
      #expect(try rows(single) == expected, "\(name): asked twice")
      #expect(single.statistics.recordsScanned == Double(events.count))

      let batch = Scan(plan)
      try fillBatch(batch, events)
      #expect(try rows(batch) == expected, "\(name): as a batch")
      #expect(batch.statistics == single.statistics, "\(name)")

      let first = Scan(plan)
      let second = Scan(plan)
      try fill(first, Array(events.prefix(events.count / 2)))
      try fill(second, Array(events.dropFirst(events.count / 2)), firstLocation: UInt64(events.count / 2))
      try first.merge(second)
      #expect(try rows(first) == expected, "\(name): merged")
    }
  }

  @Test func pointers() throws {
    let scan = Scan(try Plan("fields @message, @ptr as p", options()))
    try fill(scan, [Event(time: 1, message: "a")], firstLocation: 0xFEDC_BA98_7654_3210)
    let row = try #require(try scan.results().rows.first)
    #expect(row.map(\.field) == ["@message", "p", "@ptr"])
    #expect(row[1].value == row[2].value)
    #expect(EventPointer.location(row[2].value) == 0xFEDC_BA98_7654_3210)
    #expect(EventPointer.location("?") == nil)
  }

  @Test func statisticsCountMatches() throws {
    let scan = Scan(try Plan("filter @message like 'a' | stats count(*)", options()))
    try fill(scan, [Event(time: 1, message: "a"), Event(time: 2, message: "bcd")])
    #expect(scan.statistics.recordsMatched == 1)
    #expect(scan.statistics.recordsScanned == 2)
    #expect(scan.statistics.bytesScanned == 4)
  }

  @Test func sourceIsTold() throws {
    let plan = try Plan("SOURCE logGroups(namePrefix: ['/aws/a', 'b'], class: ['STANDARD']) | fields @message", options())
    #expect(plan.source?.namePrefixes == ["/aws/a", "b"])
    #expect(plan.source?.classes == ["STANDARD"])
  }

  @Test func comparedRanges() throws {
    let march: Int64 = 1_774_915_200_000  // 2026-03-31
    let range = march..<(march + 3_600_000)
    #expect(try Plan("diff", options(range)).previousRange == (march - 3_600_000)..<march)
    #expect(try Plan("pattern @message | diff previousDay", options(range)).previousRange?.lowerBound == march - 86_400_000)
    #expect(try Plan("diff previousWeek", options(range)).previousRange?.lowerBound == march - 7 * 86_400_000)
    // The 31st becomes the last day of February.
    #expect(try Plan("diff previousMonth", options(range)).previousRange?.lowerBound == march - 31 * 86_400_000)
  }
}
