import ArgumentParser
import JSON

/// `martlet schedules runs`
struct ListRuns: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "Lists what became of a schedule's due instants: fired, late, skipped or missed, and why.")

  @OptionGroup var subject: SubjectOptions

  @Option(parsing: .unconditional, help: "From this instant on: 2027-01-31, 2027-01-31T09:30:00Z, now, -7d, +12h.")
  var from: InstantArgument?

  @Option(parsing: .unconditional, help: "Before this instant.")
  var to: InstantArgument?

  @Option(help: "Only fired, late, skipped or missed ones.")
  var outcome: String?

  @Flag(help: "The oldest first.")
  var oldestFirst = false

  @Option(help: "How many at most.")
  var limit = 50

  @OptionGroup var output: OutputOptions
  @OptionGroup var client: ClientOptions

  func validate() throws {
    if let outcome, !["fired", "late", "skipped", "missed"].contains(outcome.lowercased()) {
      throw ValidationError("--outcome must be fired, late, skipped or missed, not '\(outcome)'")
    }
    if limit < 1 { throw ValidationError("--limit must be 1 or more") }
  }

  func run() async throws {
    var input = subject.members
    input["From"] = from?.json
    input["To"] = to?.json
    input["Outcome"] = outcome.map { .string($0.uppercased()) }
    input["Order"] = oldestFirst ? "OLDEST_FIRST" : "NEWEST_FIRST"
    input["MaxResults"] = .int(Int64(min(limit, 1_000)))
    let runs = try await client.all("ListScheduleRuns", of: "scheduler", input, "Runs", limit: limit)
    if output.output == .json { return print(JSONValue.object(["Runs": .array(runs)]).text) }
    print(Table.text(["DUE", "OUTCOME", "CAUSE", "TARGET", "ATTEMPTS", "WHY"], runs.map(row)))
  }

  private func row(_ run: JSONValue) -> [String] {
    let targets = run["Targets"]?.array ?? []
    let statuses = targets.compactMap { $0["Status"]?.string?.lowercased() }
    let attempts = targets.compactMap { $0["Attempts"]?.int }.reduce(0, +)
    let why = [run["Reason"]?.string].compactMap { $0 } + targets.compactMap { $0["Fault"]?.string }
    return [
      run["Due"]?.shownInstant ?? "", (run["Outcome"]?.string ?? "").lowercased(), (run["Cause"]?.string ?? "").lowercased(),
      statuses.isEmpty ? "-" : statuses.joined(separator: ","), targets.isEmpty ? "-" : "\(attempts)", why.joined(separator: " "),
    ]
  }
}
