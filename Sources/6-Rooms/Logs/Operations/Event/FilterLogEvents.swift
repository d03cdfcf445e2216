import FilterPattern
import Series
import ServiceKit
import Store
import Time

/// The events of a group that match a pattern, all streams interleaved. Source: Amazon CloudWatch Logs API Reference, FilterLogEvents.
///
/// A page ends after some megabytes read even when it found nothing; its token goes on from there.
struct FilterLogEvents: AsyncOperation {
  struct Input: Shape {
    var logGroupName: String?
    var logGroupIdentifier: String?
    var logStreamNames: [String]?
    var logStreamNamePrefix: String?
    var startTime: Int64?
    var endTime: Int64?
    var filterPattern: String?
    var nextToken: String?
    var limit: Int?
    var startFromHead: Bool?
    var interleaved: Bool?
    var unmask: Bool?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group),
        .length("logGroupIdentifier", \.logGroupIdentifier, 1...2_048, LogName.identifier),
        .length("logStreamNamePrefix", \.logStreamNamePrefix, 1...512, LogName.stream), .range("limit", \.limit, 1...10_000),
        .count("logStreamNames", \.logStreamNames, 1...100), .each("logStreamNames", \.logStreamNames, 1...512, LogName.stream),
        .length("filterPattern", \.filterPattern, 0...1_024),
        .range("startTime", \.startTime, 0...Int64.max), .range("endTime", \.endTime, 0...Int64.max),
      ]
    }
  }
  struct Output: Shape {
    var events: [Event]
    var searchedLogStreams: [String] = []
    var nextToken: String?
  }
  struct Event: Shape {
    var logStreamName: String
    var timestamp: Int64
    var message: String
    var ingestionTime: Int64
    var eventId: String
  }
  static let audit = AuditDetail.callOnly
  /// 2024-01-01: before it nothing is read from the newest.
  private static let newestFirst: Int64 = 1_704_067_200_000

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Output {
    let group = try await call.open(input.logGroupName, input.logGroupIdentifier)
    try group.group.allows("FilterLogEvents", call.enforcesQuotas)
    if input.logStreamNames != nil, input.logStreamNamePrefix != nil {
      throw Fault.parameter("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
    }
    if input.unmask == true { try call.authorizeUnmask(group) }
    for name in input.logStreamNames ?? [] { try await call.check(stream: name, of: group) }
    let search = EventSearch(
      engine: call.room.engine, group: group.id, streams: streams(input, group, call),
      from: input.startTime.map { Timestamp(milliseconds: $0) },
      // The end is part of the range here, other than in GetLogEvents.
      to: input.endTime.map { Timestamp(milliseconds: $0) + .milliseconds(1) },
      pattern: try input.filterPattern.flatMap { $0.isEmpty ? nil : $0 }.map { try FilterPattern(search: $0) },
      limit: input.limit ?? 10_000, unmasked: input.unmask ?? false)
    let page: (events: [StoredLogEvent], next: String?)
    do { page = try read(search, input) } catch let fault as SeriesFault { throw Fault.unavailable(fault.message) }
    return Output(
      events: page.events.map { event in
        Event(
          logStreamName: event.stream, timestamp: event.timestamp.milliseconds, message: String(decoding: event.message, as: UTF8.self),
          ingestionTime: event.ingestedAt.milliseconds, eventId: "\(event.id)")
      }, nextToken: page.next)
  }

  /// The token's direction counts, where there is one: tokens of pages from the newest begin with `b/`.
  private static func read(_ search: EventSearch, _ input: Input) throws -> (events: [StoredLogEvent], next: String?) {
    if let token = input.nextToken {
      if token.hasPrefix("b/"), let end = LogEventID(String(token.dropFirst(2))) { return back(try search.backward(before: end)) }
      guard let position = LogPosition(token) else { throw Fault.badToken }
      return try search.forward(after: position)
    }
    guard input.startFromHead == false else { return try search.forward(after: nil) }
    if let start = input.startTime, start < newestFirst {
      throw Fault.parameter("startFromHead can be false only when startTime is on or after Jan 1, 2024 00:00:00 UTC.")
    }
    return back(try search.backward(before: nil))
  }

  private static func back(_ page: (events: [StoredLogEvent], next: String?)) -> (events: [StoredLogEvent], next: String?) {
    (page.events, page.next.map { "b/\($0)" })
  }

  private static func streams(_ input: Input, _ group: OpenGroup, _ call: AsyncCall<Logs>) -> Set<String>? {
    if let names = input.logStreamNames { return Set(names) }
    guard let prefix = input.logStreamNamePrefix, !prefix.isEmpty else { return nil }
    return Set(call.room.engine.streams(group: group.id).map(\.name).filter { $0.hasPrefix(prefix) })
  }
}
