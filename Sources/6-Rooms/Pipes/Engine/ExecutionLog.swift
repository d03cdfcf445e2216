import JSON
import Logging
import ServiceKit
import Time

/// The records of one execution, gathered and written at its end.
///
/// Source: EventBridge User Guide, "Logging Amazon EventBridge Pipes performance" and "EventBridge Pipes log schema reference".
struct ExecutionLog {
  enum Level: Int {
    case error = 1
    case info, trace
    var name: String { self == .error ? "ERROR" : self == .info ? "INFO" : "TRACE" }
  }
  private let pipe: Pump
  private let id: String
  private let wanted: Int
  private let group: String?
  private var lines: [LogLine] = []
  /// Of one field. A record has at most 256 KB.
  private static let longestField = 80_000

  init(_ pump: Pump, id: String) {
    pipe = pump
    self.id = id
    let configuration = pump.pipe.logConfiguration
    group = configuration?.cloudwatchLogsLogDestination?.group
    wanted = group == nil ? 0 : ["OFF": 0, "ERROR": 1, "INFO": 2, "TRACE": 3][configuration?.level ?? "OFF"] ?? 0
  }

  /// - Parameter step: as AWS names it: `ExecutionStarted`.
  mutating func add(
    _ step: String, _ level: Level, payload: @autoclosure () -> String? = nil, request: @autoclosure () -> String? = nil,
    response: @autoclosure () -> String? = nil, fault: Fault? = nil, service: String? = nil
  ) {
    guard level.rawValue <= wanted else { return }
    let now = pipe.room.context.clock.now()
    var record: JSONObject = [
      "resourceArn": .string(pipe.pipe.arn(pipe.partition).description), "timestamp": .int(now.milliseconds), "executionId": .string(id),
      "messageType": .string(step), "logLevel": .string(level.name),
    ]
    if pipe.pipe.logConfiguration?.includesData == true {
      var truncated: [JSONValue] = []
      for (name, text) in [("payload", payload()), ("awsRequest", request()), ("awsResponse", response())] {
        guard let text else { continue }
        let isLong = text.utf8.count > Self.longestField
        record[name] = .string(isLong ? String(decoding: text.utf8.prefix(Self.longestField), as: UTF8.self) : text)
        if isLong { truncated.append(.string(name)) }
      }
      if !truncated.isEmpty { record["truncatedFields"] = .array(truncated) }
    }
    if let fault {
      var error: JSONObject = [
        "httpStatusCode": .int(Int64(fault.status)), "message": .string(String(fault.message.prefix(4_096))),
        "details": .string(fault.code),
      ]
      if let service { error["awsService"] = .string(service) }
      record["error"] = .object(error)
    }
    lines.append(LogLine(time: now, message: JSONValue.object(record).text))
  }

  /// Writes the records. What can not be written goes to the server's log: no event is delivered twice for a log's sake.
  func write() async {
    guard !lines.isEmpty, let group, let sink = pipe.room.context.invoker.logs else { return }
    do { try await sink.append(lines, group: group, stream: pipe.pipe.name, in: pipe.partition) } catch {
      pipe.room.context.log.error(
        "records of a pipe's execution not written", metadata: ["pipe": "\(pipe.pipe.name)", "group": "\(group)", "error": "\(error)"])
    }
  }
}
