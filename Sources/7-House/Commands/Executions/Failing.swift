import ArgumentParser
import JSON

/// `martlet executions failing`
struct Failing: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the states at which a machine's executions failed, with error, cause and count.")

  @Argument(help: "The state machine's ARN.")
  var machine: String

  @Option(help: "Only executions that ended since.")
  var since: InstantArgument?

  @OptionGroup var output: OutputOptions
  @OptionGroup var client: ClientOptions

  func run() async throws {
    var input: JSONObject = ["stateMachineArn": .string(machine)]
    input["since"] = since?.json
    let answer = try await client.client().call("stepfunctions", "ListFailingPaths", .object(input))
    if output.output == .json { return print(answer.text) }
    let paths = answer["failingPaths"]?.array ?? []
    print(Table.text(["STATE", "ERROR", "COUNT", "REDRIVABLE", "LAST", "CAUSE"], paths.map(row)))
    if answer["truncated"]?.bool == true { print("More executions failed than were looked at: see --since.") }
  }

  private func row(_ path: JSONValue) -> [String] {
    [
      path["state"]?.string ?? "", path["error"]?.string ?? "", path["count"]?.text ?? "", path["redrivableCount"]?.text ?? "",
      path["lastDate"]?.shownInstant ?? "", String((path["causePattern"]?.string ?? "").prefix(80)),
    ]
  }
}
