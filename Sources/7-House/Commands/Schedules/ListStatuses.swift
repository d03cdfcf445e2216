import ArgumentParser
import JSON

/// `martlet schedules list`
struct ListStatuses: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists schedules with what their expressions say, their next run and what became of the last.")

  @Option(help: "Only this group.")
  var group: String?

  @Option(help: "Only names that begin so.")
  var prefix: String?

  @Flag(help: "Scheduled rules in place of schedules.")
  var rules = false

  @OptionGroup var output: OutputOptions
  @OptionGroup var client: ClientOptions

  func run() async throws {
    var input: JSONObject = ["Rules": .bool(rules), "MaxResults": 1_000]
    input["GroupName"] = group.map { .string($0) }
    input["NamePrefix"] = prefix.map { .string($0) }
    let found = try await client.all("ListScheduleStatuses", of: "scheduler", input, "Schedules")
    if output.output == .json { return print(JSONValue.object(["Schedules": .array(found)]).text) }
    print(Table.text(["NAME", "WHEN", "ZONE", "STATE", "NEXT", "LAST", "OUTCOME"], found.map(row)))
  }

  private func row(_ status: JSONValue) -> [String] {
    let name = status["Name"]?.string ?? ""
    let group = status["GroupName"]?.string
    let last = status["LastRun"]
    return [
      group == nil || group == "default" ? name : "\(group ?? "")/\(name)", status["Words"]?.string ?? "",
      status["ScheduleExpressionTimezone"]?.string ?? "", (status["State"]?.string ?? "").lowercased(),
      status["NextRuns"]?[0]?.shownInstant ?? "-", last?["Due"]?.shownInstant ?? "-", (last?["Outcome"]?.string ?? "-").lowercased(),
    ]
  }
}
