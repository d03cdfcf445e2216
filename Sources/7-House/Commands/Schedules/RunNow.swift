import ArgumentParser
import JSON

/// `martlet schedules run-now`
struct RunNow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run-now", abstract: "Fires a schedule at once, whether it is switched on or not; its timing stays as it is.")

  @OptionGroup var subject: SubjectOptions

  @Option(help: "The target's input for this run, in place of the schedule's own.")
  var input: String?

  @OptionGroup var output: OutputOptions
  @OptionGroup var client: ClientOptions

  func run() async throws {
    var members = subject.members
    members["Input"] = input.map { .string($0) }
    let answer = try await client.ask("RunSchedule", of: "scheduler", members)
    if output.output == .json { return print(answer.text) }
    print("fired at \(answer["Due"]?.shownInstant ?? ""), invocation \(answer["InvocationId"]?.string ?? "")")
  }
}
