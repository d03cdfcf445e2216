import ArgumentParser
import JSON

/// `martlet executions diff`
struct Diff: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares two executions: the states each went through, their data, and how long they took.")

  @Argument(help: "An execution's ARN.")
  var first: String

  @Argument(help: "The ARN of the other.")
  var second: String

  @OptionGroup var output: OutputOptions
  @OptionGroup var client: ClientOptions

  func run() async throws {
    let answer = try await client.client().call(
      "stepfunctions", "DiffExecutions", ["firstExecutionArn": .string(first), "secondExecutionArn": .string(second)])
    if output.output == .json { return print(answer.text) }
    print(Table.text(["STATE", "IN", "FIRST", "SECOND", "CHANGES"], (answer["states"]?.array ?? []).map(row)))
    for side in ["first", "second"] {
      let one = answer[side]
      let failure = one?["error"]?.string.map { " at \(one?["failedState"]?.string ?? "?"): \($0)" } ?? ""
      print("\(side): \(one?["status"]?.string ?? "")\(failure)")
    }
  }

  private func row(_ step: JSONValue) -> [String] {
    let changes = ["inputChanges", "outputChanges"].flatMap { step[$0]?.array ?? [] }
    return [
      step["state"]?.string ?? "", (step["foundIn"]?.string ?? "").lowercased(), duration(step["firstDurationInMilliseconds"]),
      duration(step["secondDurationInMilliseconds"]), changes.prefix(5).map(change).joined(separator: ", "),
    ]
  }

  private func duration(_ milliseconds: JSONValue?) -> String { milliseconds?.double.map { "\($0) ms" } ?? "-" }

  private func change(_ change: JSONValue) -> String {
    "\(change["path"]?.string ?? ""): \(change["first"]?.text ?? "-") -> \(change["second"]?.text ?? "-")"
  }
}
