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
    var interleaved: Bool?
    var unmask: Bool?
    static var limits: [Limit<Self>] {
      [
        .range("limit", \.limit, 1...10_000), .count("logStreamNames", \.logStreamNames, 1...100),
        .length("filterPattern", \.filterPattern, 0...1_024), .range("startTime", \.startTime, 0...Int64.max),
        .range("endTime", \.endTime, 0...Int64.max),
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
  /// Bytes read for one page.
  private static let budget = 32 << 20

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Output {
    let name = try LogName.group(input.logGroupName, input.logGroupIdentifier)
    guard let group = try await call.room.open(name, in: call.partition) else { throw Fault.groupNotFound }
    if input.logStreamNames != nil, input.logStreamNamePrefix != nil {
      throw Fault.parameter("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
    }
    let pattern: FilterPattern?
    do {
      pattern = try input.filterPattern.flatMap { $0.isEmpty ? nil : $0 }.map { (text) throws(FilterPatternError) in try FilterPattern(text)
      }
    } catch {
      throw Fault.parameter("\(error.message(for: .search)): \(error.reason), at character \(error.offset + 1)")
    }
    var position: LogPosition?
    if let token = input.nextToken {
      guard let found = LogPosition(token) else { throw Fault.parameter("The specified nextToken is invalid.") }
      position = found
    }
    let scan: LogScan
    do {
      scan = try call.room.engine.scan(
        group: group.id, streams: streams(input, group, call), from: input.startTime.map { Timestamp(milliseconds: $0) },
        // The end is part of the range here, other than in GetLogEvents.
        to: input.endTime.map { Timestamp(milliseconds: $0) + .milliseconds(1) }, after: position, limit: input.limit ?? 10_000,
        byteBudget: budget,
        where: { bytes in pattern?.matches(bytes.bindMemory(to: UInt8.self)) ?? true })
    } catch { throw Fault.unavailable(error.message) }
    return Output(
      events: scan.events.map { event in
        Event(
          logStreamName: event.stream, timestamp: event.timestamp.milliseconds, message: String(decoding: event.message, as: UTF8.self),
          ingestionTime: event.ingestedAt.milliseconds, eventId: "\(event.id)")
      }, nextToken: scan.next.map { "\($0)" })
  }

  private static func streams(_ input: Input, _ group: Logs.OpenGroup, _ call: AsyncCall<Logs>) -> Set<String>? {
    if let names = input.logStreamNames { return Set(names) }
    guard let prefix = input.logStreamNamePrefix, !prefix.isEmpty else { return nil }
    return Set(call.room.engine.streams(group: group.id).map(\.name).filter { $0.hasPrefix(prefix) })
  }
}
