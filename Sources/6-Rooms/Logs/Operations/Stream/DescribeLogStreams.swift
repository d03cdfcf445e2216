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
      [.oneOf("orderBy", \.orderBy, ["LogStreamName", "LastEventTime"]), .range("limit", \.limit, 1...50)]
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
    let group = try call.group(LogName.group(input.logGroupName, input.logGroupIdentifier))
    let limit = input.limit ?? 50
    if input.orderBy == "LastEventTime" {
      if input.logStreamNamePrefix != nil { throw Fault.parameter("Cannot order by LastEventTime with a logStreamNamePrefix.") }
      return try byTime(group, input, limit, call)
    }
    let page = try call.transaction.page(
      LogStream.self, in: call.partition, prefix: LogStream.key(group.name, input.logStreamNamePrefix ?? ""),
      after: try call.cursor(input.nextToken), limit: limit, descending: input.descending ?? false)
    return Output(
      logStreams: page.items.map { item($0, call.room.engine.stream(group: group.id, stream: $0.name), group, call) },
      nextToken: call.token(page.next))
  }

  private static func byTime(_ group: LogGroup, _ input: Input, _ limit: Int, _ call: Call<Logs>) throws -> Output {
    let infos = Dictionary(call.room.engine.streams(group: group.id).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    var streams: [LogStream] = []
    try call.transaction.forEach(LogStream.self, in: call.partition, prefix: "\(group.name):") {
      streams.append($0)
      return true
    }
    let descending = input.descending ?? false
    let order = { (stream: LogStream) in (infos[stream.name]?.lastEvent ?? stream.created, stream.name) }
    streams.sort { descending ? order($0) > order($1) : order($0) < order($1) }
    let start = try call.cursor(input.nextToken).flatMap { Int($0.key) } ?? 0
    let page = streams.dropFirst(start).prefix(limit)
    let next = start + page.count < streams.count ? CatalogCursor(key: String(start + page.count)) : nil
    return Output(logStreams: page.map { item($0, infos[$0.name], group, call) }, nextToken: call.token(next))
  }

  private static func item(_ stream: LogStream, _ info: LogStreamInfo?, _ group: LogGroup, _ call: Call<Logs>) -> Item {
    Item(
      logStreamName: stream.name, creationTime: stream.created.milliseconds, firstEventTimestamp: info?.firstEvent?.milliseconds,
      lastEventTimestamp: info?.lastEvent?.milliseconds, lastIngestionTime: info?.lastIngestion?.milliseconds,
      uploadSequenceToken: "49039859573134640000000000000000000000000000000000000000",
      arn: "\(group.arn(call.partition)):log-stream:\(stream.name)")
  }
}
