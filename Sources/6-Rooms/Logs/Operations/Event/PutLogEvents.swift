import Series
import ServiceKit
import Store
import Time

/// Appends events to a stream; on disk when it answers. Source: Amazon CloudWatch Logs API Reference, PutLogEvents.
struct PutLogEvents: AsyncOperation {
  struct Input: Shape {
    var logGroupName: String
    var logStreamName: String
    var logEvents: [Event]
    var sequenceToken: String?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group), .length("logStreamName", \.logStreamName, 1...512, LogName.stream),
        .count("logEvents", \.logEvents, 1...10_000),
      ]
    }
  }
  struct Event: Shape {
    /// Milliseconds since 1970.
    var timestamp: Int64
    var message: String
  }
  struct Output: Shape {
    var nextSequenceToken: String
    var rejectedLogEventsInfo: Rejected?
  }
  struct Rejected: Shape {
    var tooNewLogEventStartIndex: Int?
    var tooOldLogEventEndIndex: Int?
    var expiredLogEventEndIndex: Int?
  }
  static let audit = AuditDetail.callOnly
  /// Bytes that each event counts besides its message.
  private static let overhead = 26
  private static let batchBytes = 1_048_576

  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    caller.arn("logs", "log-group:\(input.logGroupName):log-stream:\(input.logStreamName)")
  }

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Output {
    var bytes = 0
    for (position, event) in input.logEvents.enumerated() {
      if event.message.isEmpty {
        throw Fault.parameter(
          "1 validation error detected: Value '' at 'logEvents.\(position + 1).member.message' failed to satisfy constraint: Member must have length greater than or equal to 1"
        )
      }
      if position > 0, event.timestamp < input.logEvents[position - 1].timestamp {
        throw Fault.parameter("Log events in a single PutLogEvents request must be in chronological order.")
      }
      bytes += event.message.utf8.count + overhead
    }
    if call.enforcesQuotas, bytes > batchBytes {
      throw Fault.parameter("Upload too large: \(bytes) bytes exceeds limit of \(batchBytes)")
    }
    guard let group = try await call.room.open(input.logGroupName, in: call.partition) else { throw Fault.groupNotFound }
    if !group.streams.contains(input.logStreamName) {
      let key = LogStream.key(input.logGroupName, input.logStreamName)
      guard try await call.read({ try $0.get(LogStream.self, key) }) != nil else { throw Fault.streamNotFound }
      call.room.remember(input.logStreamName, of: input.logGroupName, in: call.partition)
    }
    let (kept, rejected) = sort(input.logEvents, group, call)
    if !kept.isEmpty {
      let lines = kept.map { LogLine(time: Timestamp(milliseconds: $0.timestamp), message: $0.message) }
      try await call.room.append(lines, to: input.logStreamName, of: input.logGroupName, group, in: call.partition)
    }
    return Output(nextSequenceToken: "49039859573134640000000000000000000000000000000000000000", rejectedLogEventsInfo: rejected)
  }

  /// Splits off what is too new, too old, or older than the group keeps: at both ends, as the events are in order.
  private static func sort(
    _ events: [Event], _ group: Logs.OpenGroup, _ call: AsyncCall<Logs>
  ) -> (ArraySlice<Event>, Rejected?) {
    let newest = (call.now + .seconds(7_200)).milliseconds
    let fortnight = (call.now - .seconds(14 * 86_400)).milliseconds
    let kept = group.retentionInDays.map { (call.now - .seconds(Int64($0) * 86_400)).milliseconds } ?? Int64.min
    // Without AWS's quotas older events are welcome, as long as the group keeps them.
    let oldest = call.enforcesQuotas ? fortnight : 0
    let expired = events.prefix { $0.timestamp < kept }.count
    let old = events.prefix { $0.timestamp < oldest }.count
    let new = events.firstIndex { $0.timestamp > newest } ?? events.count
    let first = max(expired, old)
    guard first > 0 || new < events.count else { return (events[...], nil) }
    let rejected = Rejected(
      tooNewLogEventStartIndex: new < events.count ? new : nil, tooOldLogEventEndIndex: old > 0 ? old : nil,
      expiredLogEventEndIndex: expired > 0 ? expired : nil)
    return (first < new ? events[first..<new] : [], rejected)
  }
}
