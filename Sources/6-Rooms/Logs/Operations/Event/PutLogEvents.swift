import JSON
import Series
import ServiceKit
import Store
import Time
import Wire

/// Appends events to a stream; on disk when it answers. Source: Amazon CloudWatch Logs API Reference, PutLogEvents.
struct PutLogEvents: AsyncOperation {
  struct Input: Shape {
    var logGroupName: String
    var logStreamName: String
    /// Nil when it came as text, which is read by itself.
    var logEvents: [Event]?
    var sequenceToken: String?
    var entity: Entity?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group), .length("logStreamName", \.logStreamName, 1...512, LogName.stream),
        .count("logEvents", \.logEvents, 1...Int.max), .length("sequenceToken", \.sequenceToken, 1...Int.max),
      ]
    }
  }
  struct Event: Shape {
    /// Milliseconds since 1970.
    var timestamp: Int64
    var message: String
    static var limits: [Limit<Self>] { [.range("timestamp", \.timestamp, 0...Int64.max), .length("message", \.message, 1...Int.max)] }
  }
  struct Entity: Shape {
    var keyAttributes: [String: String]?
    var attributes: [String: String]?
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
  static let rawMember: String? = "logEvents"
  /// Always the same: it is given for old clients, and taken and ignored.
  static let sequenceToken = "49039859573134640000000000000000000000000000000000000000"
  /// Bytes that each event counts besides its message.
  private static let overhead = 26
  private static let batchBytes = 1_048_576
  /// What the store takes.
  private static let longestEvent = 16 << 20
  private static let day: Int64 = 86_400_000

  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    caller.arn("logs", "log-group:\(input.logGroupName):log-stream:\(input.logStreamName)")
  }

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Output {
    guard let events = try events(input, call) else { return try await decoded(input, call) }
    let group = try await call.open(input.logGroupName)
    try await call.check(stream: input.logStreamName, of: group)
    try check(events, call)
    let (kept, rejected) = sort(events, group, call)
    if call.enforcesQuotas, let first = kept.first, let last = kept.last,
      last.timestamp.milliseconds - first.timestamp.milliseconds > day
    {
      throw Fault.parameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    }
    try await call.room.append(Array(kept), to: input.logStreamName, of: group, in: call.partition)
    return Output(nextSequenceToken: sequenceToken, rejectedLogEventsInfo: rejected)
  }

  /// Nil when the text of the events needs a closer look.
  private static func events(_ input: Input, _ call: AsyncCall<Logs>) throws -> [LogEvent]? {
    if let raw = call.context.raw { return LogEventReader.read(raw.body, raw.range) }
    guard let given = input.logEvents else {
      throw Fault.parameter("1 validation error detected: Value null at 'logEvents' failed to satisfy constraint: Member must not be null")
    }
    return given.map { LogEvent(timestamp: Timestamp(milliseconds: $0.timestamp), message: Array($0.message.utf8)) }
  }

  /// The call once more with the events as a document, which is decoded and judged as all others are.
  private static func decoded(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Output {
    guard let raw = call.context.raw else { throw Fault.serialization("The events can not be read.") }
    let document: JSONValue
    do throws(JSONParseError) { document = try JSONValue(parsing: Array(raw.body[raw.range]), limits: JSONLimits(depth: 128)) } catch {
      throw Fault.serialization("The request body is not valid JSON: \(error.message) in logEvents, at byte \(error.offset).")
    }
    var context = call.context
    context.raw = nil
    let answer = try await call.room.context.invoker.call(
      Logs.identity.id, name,
      ["logGroupName": .string(input.logGroupName), "logStreamName": .string(input.logStreamName), "logEvents": document], context)
    return try answer.decode(Output.self)
  }

  private static func check(_ events: [LogEvent], _ call: AsyncCall<Logs>) throws {
    if call.enforcesQuotas, events.count > 10_000 {
      throw Fault.parameter(
        "1 validation error detected: Value '[...]' at 'logEvents' failed to satisfy constraint: Member must have length less than or equal to 10000"
      )
    }
    var (bytes, before) = (0, Int64.min)
    for event in events {
      let time = event.timestamp.milliseconds
      if time < before { throw Fault.parameter("Log events in a single PutLogEvents request must be in chronological order.") }
      before = time
      let size = event.message.count + overhead
      let most = call.enforcesQuotas ? batchBytes : longestEvent
      if size > most { throw Fault.parameter("Log event too large: \(size) bytes exceeds limit of \(most)") }
      bytes += size
    }
    if call.enforcesQuotas, bytes > batchBytes { throw Fault.parameter("Upload too large: \(bytes) bytes exceeds limit of \(batchBytes)") }
  }

  /// Splits off what is too new, too old, or older than the group keeps: at both ends, as the events are in order.
  private static func sort(
    _ events: [LogEvent], _ group: OpenGroup, _ call: AsyncCall<Logs>
  ) -> (ArraySlice<LogEvent>, Rejected?) {
    let newest = call.now + .seconds(7_200)
    // Without AWS's quotas older events are welcome, as long as the group keeps them.
    let oldest = call.enforcesQuotas ? call.now - .seconds(14 * 86_400) : Timestamp(seconds: 0)
    let kept = group.group.retentionInDays.map { call.now - .seconds(Int64($0) * 86_400) } ?? .distantPast
    let expired = events.prefix { $0.timestamp < kept }.count
    let old = events.prefix { $0.timestamp < oldest }.count
    var new = events.count
    while new > 0, events[new - 1].timestamp > newest { new -= 1 }
    let first = max(expired, old)
    guard first > 0 || new < events.count else { return (events[...], nil) }
    let rejected = Rejected(
      tooNewLogEventStartIndex: new < events.count ? new : nil, tooOldLogEventEndIndex: old > 0 ? old : nil,
      expiredLogEventEndIndex: expired > 0 ? expired : nil)
    return (first < new ? events[first..<new] : [], rejected)
  }
}
