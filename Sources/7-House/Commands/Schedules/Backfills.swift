import ArgumentParser
import JSON

/// `martlet schedules backfill`
struct Backfills: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill", abstract: "Fires a schedule for every instant of a time range in the past.",
    subcommands: [Start.self, List.self, Show.self, Cancel.self])

  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Starts a backfill, or with --dry-run tells what it would fire.",
      discussion: "It goes on in the server, also after a restart. <aws.scheduler.scheduled-time> in the input is the instant filled in.")

    @OptionGroup var subject: SubjectOptions
    @Option(parsing: .unconditional, help: "From this instant on: 2027-01-31, 2027-01-31T09:30:00Z, now, -7d, +12h.")
    var from: InstantArgument
    @Option(parsing: .unconditional, help: "Before this instant (default: now).")
    var to: InstantArgument?
    @Flag(help: "The newest instant first.")
    var newestFirst = false
    @Option(help: "How many invocations may be unfinished at once, 1 to 1000.")
    var concurrency = 10
    @Flag(help: "Fire nothing: list the instants and their count.")
    var dryRun = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      var input = subject.members
      input["From"] = from.json
      input["To"] = to?.json
      input["Order"] = newestFirst ? "NEWEST_FIRST" : "OLDEST_FIRST"
      input["Concurrency"] = .int(Int64(concurrency))
      input["DryRun"] = .bool(dryRun)
      let answer = try await client.ask("StartBackfill", of: "scheduler", input)
      if output.output == .json { return print(answer.text) }
      let count = answer["Count"]?.int ?? 0
      guard dryRun else {
        return print("backfill \(answer["Backfill"]?["Id"]?.string ?? "") has begun: \(count) instants")
      }
      let instants = answer["Instants"]?.array ?? []
      for instant in instants { print(instant.shownInstant) }
      if instants.count < count { print("and \(Int(count) - instants.count) more") }
      print("\(count) instants; nothing was fired")
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists backfills, the newest first.")
    @Argument(help: "Only those of this schedule.")
    var name: String?
    @Option(help: "The schedule's group (default: default).")
    var group: String?
    @Flag(help: "NAME is a scheduled rule of EventBridge.")
    var rule = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      var input = JSONObject()
      input[rule ? "RuleName" : "Name"] = name.map { .string($0) }
      input["GroupName"] = group.map { .string($0) }
      let found = try await client.all("ListBackfills", of: "scheduler", input, "Backfills", limit: 1_000)
      if output.output == .json { return print(JSONValue.object(["Backfills": .array(found)]).text) }
      print(Table.text(Backfills.titles, found.map(Backfills.row)))
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows how far a backfill is.")
    @Argument(help: "The backfill's id.")
    var id: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var client: ClientOptions

    func run() async throws { try await Backfills.tell("DescribeBackfill", id, output, client) }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends a backfill; what is on its way goes on.")
    @Argument(help: "The backfill's id.")
    var id: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var client: ClientOptions

    func run() async throws { try await Backfills.tell("CancelBackfill", id, output, client) }
  }

  private static func tell(_ operation: String, _ id: String, _ output: OutputOptions, _ client: ClientOptions) async throws {
    let answer = try await client.ask(operation, of: "scheduler", ["Id": .string(id)])
    print(output.output == .json ? answer.text : Table.text(titles, [row(answer)]))
  }

  private static let titles = ["ID", "OF", "FROM", "TO", "STATUS", "DONE", "UNFINISHED", "FAILED", "OF ALL"]

  private static func row(_ backfill: JSONValue) -> [String] {
    func number(_ member: String) -> String { "\(backfill[member]?.int ?? 0)" }
    return [
      backfill["Id"]?.string ?? "", (backfill["Arn"]?.string ?? "").split(separator: ":").last.map(String.init) ?? "",
      backfill["From"]?.shownInstant ?? "", backfill["To"]?.shownInstant ?? "", (backfill["Status"]?.string ?? "").lowercased(),
      number("Delivered"), number("Unfinished"), number("Failed"), number("Total"),
    ]
  }
}
