import JSON
import LogsInsights
import Series
import ServiceKit
import Store
import Time

/// All fields of one event, by the `@ptr` that a query answered. Source: Amazon CloudWatch Logs API Reference, GetLogRecord.
struct GetLogRecord: AsyncOperation {
  struct Input: Shape {
    var logRecordPointer: String
    var unmask: Bool?
  }
  struct Output: Shape { var logRecord: [String: String] }
  static let audit = AuditDetail.callOnly
  private static let mostFields = 1_000
  private static let deepest = 8

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Output {
    guard let location = EventPointer.location(input.logRecordPointer) else {
      throw Fault.parameter("The specified log record pointer is not valid.")
    }
    if input.unmask == true {
      try call.room.context.invoker.authorize("logs:Unmask", on: call.arn("log-group:*"), by: call.context)
    }
    let names = try await call.read { call in
      var names: [String: String] = [:]
      try call.transaction.forEach(LogGroup.self, in: call.partition) { group in
        names[group.id] = group.name
        return true
      }
      return names
    }
    let found: (group: String, event: StoredLogEvent)?
    do {
      found = try call.room.engine.record(at: location, in: Array(names.keys), unmasked: input.unmask ?? false)
    } catch { throw Fault.unavailable(error.message) }
    guard let found else { throw Fault.notFound("The specified log record does not exist.") }
    let event = found.event
    var record = [
      "@message": String(decoding: event.message, as: UTF8.self), "@timestamp": "\(event.timestamp.milliseconds)",
      "@ingestionTime": "\(event.ingestedAt.milliseconds)", "@logStream": event.stream,
      "@log": "\(call.partition.account):\(names[found.group] ?? "")", "@ptr": input.logRecordPointer,
    ]
    if case .object(let object)? = try? JSONValue(parsing: event.message) { collect(object, "", &record, depth: 0) }
    return Output(logRecord: record)
  }

  private static func collect(_ object: JSONObject, _ path: String, _ record: inout [String: String], depth: Int) {
    for (key, value) in object where record.count < mostFields {
      let name = path.isEmpty ? key : "\(path).\(key)"
      switch value {
      case .object(let inner) where depth < deepest: collect(inner, name, &record, depth: depth + 1)
      case .null: break
      default: record[name] = record[name] ?? value.string ?? value.text
      }
    }
  }
}
