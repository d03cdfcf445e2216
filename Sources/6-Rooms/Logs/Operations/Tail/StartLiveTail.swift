import FilterPattern
import JSON
import ServiceKit
import Store
import Time
import Wire

/// Streams events as they are appended. Source: Amazon CloudWatch Logs API Reference, StartLiveTail.
struct StartLiveTail: StreamOperation {
  typealias Output = Empty
  struct Input: Shape {
    var logGroupIdentifiers: [String]
    var logStreamNames: [String]?
    var logStreamNamePrefixes: [String]?
    var logEventFilterPattern: String?
    static var limits: [Limit<Self>] {
      [
        .count("logGroupIdentifiers", \.logGroupIdentifiers, 1...10), .count("logStreamNames", \.logStreamNames, 1...100),
        .each("logStreamNames", \.logStreamNames, 1...512, LogName.stream),
        .count("logStreamNamePrefixes", \.logStreamNamePrefixes, 1...100),
        .each("logStreamNamePrefixes", \.logStreamNamePrefixes, 1...512, LogName.stream),
        .length("logEventFilterPattern", \.logEventFilterPattern, 0...1_024),
      ]
    }
  }
  static let audit = AuditDetail.callOnly
  /// Sessions at once, AWS's quota and ours.
  private static let most = (aws: 15, open: 100)
  private static let longest = Duration.seconds(3 * 3_600)

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> AsyncStream<EventStreamMessage> {
    let wish = try await wish(input, call)
    let (room, context) = (call.room, call.room.context)
    let id = context.identifiers.uuid()
    let start: JSONValue = [
      "requestId": .string(call.context.requestID), "sessionId": .string(id),
      "logGroupIdentifiers": .array(input.logGroupIdentifiers.map { .string($0) }),
      "logStreamNames": .array((input.logStreamNames ?? []).map { .string($0) }),
      "logStreamNamePrefixes": .array((input.logStreamNamePrefixes ?? []).map { .string($0) }),
      "logEventFilterPattern": .string(input.logEventFilterPattern ?? ""),
    ]
    let (stream, continuation) = AsyncStream.makeStream(of: EventStreamMessage.self, bufferingPolicy: .bufferingNewest(10))
    guard
      room.tails.begin(
        id, wish, in: call.partition, most: call.enforcesQuotas ? most.aws : most.open, end: { continuation.finish() })
    else { throw Fault.limit("You have reached the maximum number of concurrent Live Tail sessions.") }
    continuation.yield(EventStreamMessage(.event, "sessionStart", start))
    let ticking = Task {
      let end = context.clock.now() + longest
      var next = context.clock.now()
      while true {
        next = max(next + .seconds(1), context.clock.now())
        do { try await context.clock.sleep(until: next) } catch { break }
        guard let bundle = room.tails.take(id) else { break }
        continuation.yield(bundle)
        if next < end { continue }
        continuation.yield(
          EventStreamMessage(.exception, "SessionTimeoutException", ["message": "The session has been open for three hours."]))
        break
      }
      room.tails.end(id)
    }
    continuation.onTermination = { _ in
      ticking.cancel()
      room.tails.end(id)
    }
    return stream
  }

  private static func wish(_ input: Input, _ call: AsyncCall<Logs>) async throws -> LiveTails.Wish {
    if input.logStreamNames != nil, input.logStreamNamePrefixes != nil {
      throw Fault.parameter("logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.")
    }
    if input.logGroupIdentifiers.count > 1, input.logStreamNames != nil || input.logStreamNamePrefixes != nil {
      throw Fault.parameter("logStreamNames and logStreamNamePrefixes can be specified only with one log group.")
    }
    var groups: [String: String] = [:]
    for identifier in input.logGroupIdentifiers {
      guard !identifier.hasSuffix("*") else { throw Fault.parameter("The log group ARN can't end with an asterisk: \(identifier)") }
      let group = try await call.open(nil, identifier)
      try group.group.allows("StartLiveTail", call.enforcesQuotas)
      groups[group.id] = "\(call.partition.account):\(group.name)"
    }
    return LiveTails.Wish(
      groups: groups, streams: input.logStreamNames.map { Set($0) }, prefixes: input.logStreamNamePrefixes,
      pattern: try input.logEventFilterPattern.flatMap { $0.isEmpty ? nil : $0 }.map { try FilterPattern(search: $0) })
  }
}
