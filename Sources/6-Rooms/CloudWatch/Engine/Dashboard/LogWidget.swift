import JSON
import MetricMath
import ServiceKit
import Time

/// The rows of a log widget's query, by way of the Logs room.
struct LogWidget: Sendable {
  let room: CloudWatch
  let context: CallContext
  let window: TimeWindow
  private static let mostRows: Int64 = 1_000
  /// Longer queries are stopped, and what they found until then is shown.
  private static let patience = Duration.seconds(20)

  func read(_ properties: JSONObject, _ data: inout WidgetData) async throws {
    let (groups, query) = try Self.parts(properties["query"]?.string ?? "")
    var input: JSONObject = [
      "logGroupNames": .array(groups.map { .string($0) }), "startTime": .int(window.start), "endTime": .int(window.end),
      "queryString": .string(query), "limit": .int(Self.mostRows),
    ]
    if let language = properties["queryLanguage"], language != "LogsQL" { input["queryLanguage"] = language }
    let invoker = room.context.invoker
    let started = try await invoker.call("logs", "StartQuery", .object(input), context.inside)
    guard let id = started["queryId"] else { throw Fault.unavailable("The query was not started.") }
    let end = room.context.clock.now() + Self.patience
    while true {
      let answer = try await invoker.call("logs", "GetQueryResults", ["queryId": id], context.inside)
      let status = answer["status"]?.string ?? ""
      let isRunning = status == "Running" || status == "Scheduled"
      let now = room.context.clock.now()
      if isRunning, now < end {
        try await room.context.clock.sleep(until: now + .milliseconds(50))
        continue
      }
      if isRunning { _ = try await invoker.call("logs", "StopQuery", ["queryId": id], context.inside) }
      data.rows = (answer["results"]?.array ?? []).map(Self.row)
      data.statistics = answer["statistics"]
      data.status = isRunning ? "Timeout" : status
      if isRunning { data.message = "The query took longer than 20 seconds: these are the rows found until then." }
      return
    }
  }

  private static func row(_ fields: JSONValue) -> JSONValue {
    var row = JSONObject()
    for field in fields.array ?? [] { if let name = field["field"]?.string { row[name] = field["value"] ?? .null } }
    return .object(row)
  }

  /// The log groups of `SOURCE 'a' | SOURCE 'b' | query` and the query. Throws ValidationError without a group.
  static func parts(_ text: String) throws(Fault) -> (groups: [String], query: String) {
    var rest = text[...]
    var groups: [String] = []
    while true {
      rest = rest.drop { $0.isWhitespace || $0 == "|" }
      guard rest.prefix(6).uppercased() == "SOURCE" else { break }
      let name = rest.dropFirst(6).drop { $0.isWhitespace }
      guard let quote = name.first, quote == "'" || quote == "\"", let end = name.dropFirst().firstIndex(of: quote) else { break }
      groups.append(String(name[name.index(after: name.startIndex)..<end]))
      rest = name[name.index(after: end)...]
      guard groups.count <= 50 else { throw .broken("The query names more than 50 log groups.") }
    }
    guard !groups.isEmpty else { throw .broken("The query must begin with SOURCE and the name of a log group in quotes.") }
    return (groups, String(rest))
  }
}
