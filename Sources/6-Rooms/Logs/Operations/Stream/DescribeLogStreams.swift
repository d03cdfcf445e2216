import Series
import ServiceKit
import Store
import Time

/// Describes a group's streams. Source: Amazon CloudWatch Logs API Reference, DescribeLogStreams.
struct DescribeLogStreams: Operation {
  struct Input: Shape {
    var logGroupName: String?
    var logGroupIdentifier: String?
    var logStreamNamePrefix: String?
    var orderBy: String?
    var descending: Bool?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group),
        .length("logGroupIdentifier", \.logGroupIdentifier, 1...2_048, LogName.identifier),
        .length("logStreamNamePrefix", \.logStreamNamePrefix, 1...512, LogName.stream),
        .oneOf("orderBy", \.orderBy, ["LogStreamName", "LastEventTime"]), .range("limit", \.limit, 1...50),
      ]
    }
  }
  struct Output: Shape {
    var logStreams: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var logStreamName: String
    var creationTime: Int64
    var firstEventTimestamp: Int64?
    var lastEventTimestamp: Int64?
    var lastIngestionTime: Int64?
    var uploadSequenceToken: String
    var arn: String
    /// AWS has answered 0 since 2019; the size is of the group.
    var storedBytes = 0
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    let group = try call.group(input.logGroupName, input.logGroupIdentifier)
    let limit = input.limit ?? 50
    let cursor: CatalogCursor?
    do { cursor = try call.cursor(input.nextToken) } catch { throw Fault.badToken }
    if input.orderBy == "LastEventTime" {
      if input.logStreamNamePrefix != nil { throw Fault.parameter("Cannot order by LastEventTime with a logStreamNamePrefix.") }
      return try byTime(group, descending: input.descending ?? false, after: cursor, limit, call)
    }
    let page = try call.transaction.page(
      LogStream.self, in: call.partition, prefix: LogStream.key(group.name, input.logStreamNamePrefix ?? ""),
      after: cursor, limit: limit, descending: input.descending ?? false)
    return Output(
      logStreams: page.items.map { item($0, call.room.engine.stream(group: group.id, stream: $0.name), group, call) },
      nextToken: call.token(page.next))
  }

  /// By the last event; streams without events by when they were made. Only as many as a page holds are kept while looking.
  private static func byTime(
    _ group: LogGroup, descending: Bool, after cursor: CatalogCursor?, _ limit: Int, _ call: Call<Logs>
  ) throws -> Output {
    var page = PageByTime(descending: descending, after: cursor.flatMap { c in Int64(c.value).map { ($0, c.key) } }, limit: limit)
    let infos = Dictionary(call.room.engine.streams(group: group.id).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    for info in infos.values { page.offer(info.lastEvent?.milliseconds ?? 0, info.name) }
    let prefix = LogStream.key(group.name, "")
    if try call.transaction.count(LogStream.kind, in: call.partition, prefix: prefix) != infos.count {
      try call.transaction.forEach(LogStream.self, in: call.partition, prefix: prefix) { stream in
        if infos[stream.name] == nil { page.offer(stream.created.milliseconds, stream.name) }
        return true
      }
    }
    let next = page.hasMore ? page.items.last.map { CatalogCursor(value: String($0.time), key: $0.name) } : nil
    let found = try page.items.compactMap { try call.get(LogStream.self, LogStream.key(group.name, $0.name)) }
    return Output(logStreams: found.map { item($0, infos[$0.name], group, call) }, nextToken: call.token(next))
  }

  private static func item(_ stream: LogStream, _ info: LogStreamInfo?, _ group: LogGroup, _ call: Call<Logs>) -> Item {
    Item(
      logStreamName: stream.name, creationTime: stream.created.milliseconds, firstEventTimestamp: info?.firstEvent?.milliseconds,
      lastEventTimestamp: info?.lastEvent?.milliseconds, lastIngestionTime: info?.lastIngestion?.milliseconds,
      uploadSequenceToken: PutLogEvents.sequenceToken, arn: "\(group.arn(call.partition)):log-stream:\(stream.name)")
  }
}

/// The first streams behind a place, in the order of time.
private struct PageByTime {
  let descending: Bool
  let after: (time: Int64, name: String)?
  let limit: Int
  private(set) var items: [(time: Int64, name: String)] = []
  private(set) var hasMore = false

  init(descending: Bool, after: (Int64, String)?, limit: Int) {
    self.descending = descending
    self.after = after.map { (time: $0.0, name: $0.1) }
    self.limit = limit
  }

  private func precedes(_ left: (time: Int64, name: String), _ right: (time: Int64, name: String)) -> Bool {
    descending ? (right.time, right.name) < (left.time, left.name) : (left.time, left.name) < (right.time, right.name)
  }

  mutating func offer(_ time: Int64, _ name: String) {
    let item = (time: time, name: name)
    if let after, !precedes(after, item) { return }
    if items.count == limit, let last = items.last, !precedes(item, last) {
      hasMore = true
      return
    }
    let place = items.firstIndex { precedes(item, $0) } ?? items.count
    items.insert(item, at: place)
    if items.count > limit {
      items.removeLast()
      hasMore = true
    }
  }
}
