import ArgumentParser
import JSON

/// `martlet executions redrive`
struct Redrive: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Redrives all executions of a machine that failed alike: each goes on from the state it failed at.")

  @Argument(help: "The state machine's ARN.")
  var machine: String

  @Option(help: "Only those that failed at this state.")
  var state: String?

  @Option(help: "Only those that failed with this error.")
  var error: String?

  @Option(help: "Only those that ended since.")
  var since: InstantArgument?

  @Flag(help: "Tell what would be redriven and do nothing.")
  var dryRun = false

  @OptionGroup var output: OutputOptions
  @OptionGroup var client: ClientOptions

  func run() async throws {
    var input: JSONObject = ["stateMachineArn": .string(machine), "dryRun": .bool(dryRun)]
    input["state"] = state.map { .string($0) }
    input["error"] = error.map { .string($0) }
    input["since"] = since?.json
    let answer = try await client.client().call("stepfunctions", "RedriveExecutions", .object(input))
    if output.output == .json { return print(answer.text) }
    print("\(answer["redriveCount"]?.text ?? "0") executions \(dryRun ? "would be" : "are") redriven")
    if let others = answer["notRedrivableCount"]?.int, others > 0 { print("\(others) can not be redriven") }
  }
}
