import Series
import ServiceKit
import Store
import Time

/// The events of one stream, page by page in both directions. Source: Amazon CloudWatch Logs API Reference, GetLogEvents.
struct GetLogEvents: AsyncOperation {
  struct Input: Shape {
    var logGroupName: String?
    var logGroupIdentifier: String?
    var logStreamName: String
    var startTime: Int64?
    var endTime: Int64?
    var nextToken: String?
    var limit: Int?
    var startFromHead: Bool?
    var unmask: Bool?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group),
        .length("logGroupIdentifier", \.logGroupIdentifier, 1...2_048, LogName.identifier),
        .length("logStreamName", \.logStreamName, 1...512, LogName.stream), .range("limit", \.limit, 1...10_000),
        .range("startTime", \.startTime, 0...Int64.max), .range("endTime", \.endTime, 0...Int64.max),
      ]
    }
  }
  struct Output: Shape {
    var events: [Event]
    var nextForwardToken: String
    var nextBackwardToken: String
  }
  struct Event: Shape {
    var timestamp: Int64
    var message: String
    var ingestionTime: Int64
  }
  static let audit = AuditDetail.callOnly
  static let pageBytes = 1 << 20

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Output {
    let group = try await call.open(input.logGroupName, input.logGroupIdentifier)
    try group.group.allows("GetLogEvents", call.enforcesQuotas)
    try await call.check(stream: input.logStreamName, of: group)
    if input.unmask == true { try call.authorizeUnmask(group) }
    var position: LogPosition?
    var forward = input.startFromHead ?? false
    if let token = input.nextToken {
      let parts = token.split(separator: "/", maxSplits: 1)
      guard parts.count == 2, parts[0] == "f" || parts[0] == "b", let found = LogPosition(String(parts[1])) else { throw Fault.badToken }
      position = found
      forward = parts[0] == "f"
    }
    let page: LogPage
    do {
      page = try call.room.engine.read(
        group: group.id, stream: input.logStreamName, from: input.startTime.map { Timestamp(milliseconds: $0) },
        to: input.endTime.map { Timestamp(milliseconds: $0) }, position: position, forward: forward, limit: input.limit ?? 10_000,
        byteLimit: pageBytes, unmasked: input.unmask ?? false)
    } catch { throw Fault.unavailable(error.message) }
    return Output(
      events: page.events.map {
        Event(
          timestamp: $0.timestamp.milliseconds, message: String(decoding: $0.message, as: UTF8.self),
          ingestionTime: $0.ingestedAt.milliseconds)
      }, nextForwardToken: "f/\(page.forwardPosition)", nextBackwardToken: "b/\(page.backwardPosition)")
  }
}

extension LogGroup {
  /// Whether the group's class has the feature. Source: CloudWatch Logs User Guide, "Log classes".
  /// Differs: without AWS's quotas every class has every feature.
  func allows(_ feature: String, _ enforces: Bool) throws(Fault) {
    if enforces, logGroupClass != "STANDARD" { throw .parameter("\(feature) is not supported for log groups of class \(logGroupClass).") }
  }
}
