import JSON
import Logging
import ServiceKit
import Store
import Synchronization
import Time

/// Writes the events of executions to their machines' log groups, behind the executions: lines gather in memory and are written in
/// batches. As on AWS, logs are best effort: what was not written when the server is killed is lost, never the history.
final class LogWriter: Sendable {
  private struct Place: Hashable {
    var partition: Partition
    var group: String
    var stream: String
  }
  private struct State {
    var lines: [Place: [LogLine]] = [:]
    var bytes = 0
    var dropped = 0
    var writer: Task<Void, Never>?
  }
  /// Bytes that wait at most; more are dropped, and the server's log says how many lines.
  private static let most = 64 << 20
  private let state = Mutex(State())
  private let context: RoomContext

  init(_ context: RoomContext) { self.context = context }

  /// Logs the events once the transaction they come from is on disk.
  func append(
    _ events: [JSONValue], _ settings: LogSettings, execution: String, machine: String, redrives: Int, _ partition: Partition,
    _ transaction: any Transaction
  ) {
    guard context.invoker.logs != nil else { return }
    transaction.afterCommit {
      self.append(events, settings, execution: execution, machine: machine, redrives: redrives, partition)
    }
  }

  func append(
    _ events: [JSONValue], _ settings: LogSettings, execution: String, machine: String, redrives: Int, _ partition: Partition
  ) {
    let lines = events.map { Self.line($0, settings, execution: execution, redrives: redrives) }
    guard let first = lines.first else { return }
    let place = Place(partition: partition, group: settings.group, stream: Self.stream(machine, first.time))
    state.withLock { state in
      let bytes = lines.reduce(0) { $0 + $1.message.utf8.count }
      guard state.bytes + bytes <= Self.most else {
        state.dropped += lines.count
        return
      }
      state.lines[place, default: []] += lines
      state.bytes += bytes
      if state.writer == nil { state.writer = Task { await self.write() } }
    }
  }

  /// Returns when everything that waited has been written.
  func flush() async {
    while let writer = state.withLock({ $0.writer }) { await writer.value }
  }

  private func write() async {
    while let (lines, dropped) = next() {
      if dropped > 0 { context.log.warning("lines of execution logs dropped", metadata: ["lines": "\(dropped)"]) }
      for (place, lines) in lines {
        do { try await context.invoker.logs?.append(lines, group: place.group, stream: place.stream, in: place.partition) } catch {
          context.log.error(
            "an execution's log was not written",
            metadata: ["group": "\(place.group)", "lines": "\(lines.count)", "error": "\(error)"])
        }
      }
    }
  }

  private func next() -> (lines: [Place: [LogLine]], dropped: Int)? {
    state.withLock { state in
      guard !state.lines.isEmpty else {
        state.writer = nil
        return nil
      }
      let next = (state.lines, state.dropped)
      state.lines = [:]
      state.bytes = 0
      state.dropped = 0
      return next
    }
  }

  /// One stream for each machine and hour. Source: Step Functions Developer Guide, "Using CloudWatch Logs to log execution history".
  static func stream(_ machine: String, _ time: Timestamp) -> String {
    let hour = time.iso8601().prefix(13).replacing("T", with: "-")
    let digits = String(machine.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }, radix: 16)
    return "states/\(machine)/\(hour)-00/\(String(repeating: "0", count: 8 - digits.utf8.count))\(digits)"
  }

  /// An event as AWS logs it.
  static func line(_ event: JSONValue, _ settings: LogSettings, execution: String, redrives: Int) -> LogLine {
    let milliseconds = Int64(((event["timestamp"]?.double ?? 0) * 1_000).rounded())
    var details = JSONObject()
    for (name, value) in event.object ?? JSONObject() where name.hasSuffix("EventDetails") { details = value.object ?? JSONObject() }
    if !settings.includesData { for name in EventData.members { details[name] = nil } }
    let line: JSONObject = [
      "id": .string(event["id"]?.text ?? ""), "type": event["type"] ?? "", "details": .object(details),
      "redrive_count": .string(String(redrives)), "previous_event_id": .string(event["previousEventId"]?.text ?? ""),
      "event_timestamp": .string(String(milliseconds)), "execution_arn": .string(execution),
    ]
    return LogLine(time: Timestamp(milliseconds: milliseconds), message: JSONValue.object(line).text)
  }
}

/// Members of events' details that carry users' data.
enum EventData {
  static let members: Set<String> = [
    "input", "inputDetails", "output", "outputDetails", "parameters", "error", "cause", "assignedVariables", "assignedVariablesDetails",
  ]
}
