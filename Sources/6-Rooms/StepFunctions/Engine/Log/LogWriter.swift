import JSON
import ServiceKit
import Store
import Time

/// Writes the events of executions to their machines' log groups, behind the executions. As on AWS, logs are best effort: what was not
/// written when the server is killed is lost, never the history.
struct LogWriter: Sendable {
  private let buffer: LogBuffer

  init(_ context: RoomContext) { buffer = LogBuffer(context.invoker, context.log) }

  /// Logs the events once the transaction they come from is on disk.
  func append(
    _ events: [JSONValue], _ settings: LogSettings, execution: String, machine: String, redrives: Int, _ partition: Partition,
    _ transaction: any Transaction
  ) {
    guard buffer.isWanted else { return }
    transaction.afterCommit {
      self.append(events, settings, execution: execution, machine: machine, redrives: redrives, partition)
    }
  }

  func append(
    _ events: [JSONValue], _ settings: LogSettings, execution: String, machine: String, redrives: Int, _ partition: Partition
  ) {
    let lines = events.map { Self.line($0, settings, execution: execution, redrives: redrives) }
    guard let first = lines.first else { return }
    buffer.append(lines, group: settings.group, stream: Self.stream(machine, first.time), in: partition)
  }

  /// Returns when everything that waited has been written.
  func flush() async { await buffer.flush() }

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
