import ArgumentParser
import FoundationEssentials
import JSON
import Time

/// `martlet logs query`
struct QueryLogs: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "Runs a query of CloudWatch Logs Insights and prints its rows.",
    discussion: "martlet logs query 'stats count(*) by bin(5m)' --group /aws/batch/job --start -1h")

  @Argument(help: "The query.")
  var query: String

  @Option(help: "A log group; may be given several times. None where the query begins with SOURCE.")
  var group: [String] = []

  @Option(parsing: .unconditional, help: "From when on (default: -1h).")
  var start: InstantArgument?

  @Option(parsing: .unconditional, help: "Until when (default: now).")
  var end: InstantArgument?

  @Option(help: "Rows at most.")
  var limit: Int?

  @OptionGroup var output: OutputOptions
  @OptionGroup var client: ClientOptions

  func run() async throws {
    let now = SystemClock().now()
    var input: JSONObject = [
      "queryString": .string(query), "startTime": .int((start?.instant ?? now - .seconds(3_600)).seconds),
      "endTime": .int((end?.instant ?? now).seconds),
    ]
    if !group.isEmpty { input["logGroupNames"] = .array(group.map { .string($0) }) }
    input["limit"] = limit.map { .int(Int64($0)) }
    guard let id = try await client.logs("StartQuery", input)["queryId"] else { throw Refusal("the server answered no query id") }
    while true {
      let answer = try await client.logs("GetQueryResults", ["queryId": id])
      let status = answer["status"]?.string ?? ""
      if ["Scheduled", "Running"].contains(status) {
        try await Task.sleep(for: .milliseconds(200))
        continue
      }
      guard status == "Complete" else {
        throw Refusal("the query ended as \(status): \(answer["failureReason"]?.string ?? "no reason is known")")
      }
      try await show(answer, id)
      return
    }
  }

  private func show(_ first: JSONValue, _ id: JSONValue) async throws {
    var rows = first["results"]?.array ?? []
    var token = first["nextToken"]
    while let next = token, !next.isNull {
      let page = try await client.logs("GetQueryResults", ["queryId": id, "nextToken": next])
      rows += page["results"]?.array ?? []
      token = page["nextToken"]
    }
    let records = rows.map { row in
      (row.array ?? []).compactMap { cell in cell["field"]?.string.map { ($0, cell["value"]?.string ?? "") } }.filter { $0.0 != "@ptr" }
    }
    if output.output == .json {
      for record in records {
        var object = JSONObject()
        for (name, value) in record { object[name] = .string(value) }
        print(JSONValue.object(object).text)
      }
      return
    }
    var titles: [String] = []
    for record in records { for (name, _) in record where !titles.contains(name) { titles.append(name) } }
    print(Table.text(titles, records.map { record in titles.map { title in record.first { $0.0 == title }?.1 ?? "" } }))
  }
}
