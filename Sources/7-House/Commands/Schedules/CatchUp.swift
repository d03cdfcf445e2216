import ArgumentParser
import JSON

/// `martlet schedules catch-up`
struct CatchUp: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "catch-up", abstract: "Says what becomes of instants that came due while the server did not run.",
    discussion: """
      skip     none of them fires; they end as skipped
      latest   the latest fires, late; those before it end as missed (what holds unless set otherwise)
      all      the latest ones up to --cap fire, oldest first; those before them end as missed
      default  takes the schedule's own policy away
      """,
    subcommands: [Show.self, Put.self])

  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case skip, latest, all, `default`
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Shows the policy of a schedule, or the default.")
    @Argument(help: "The schedule's name; the default policy where none is given.")
    var name: String?
    @Option(help: "The schedule's group (default: default).")
    var group: String?
    @Flag(help: "NAME is a scheduled rule of EventBridge.")
    var rule = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await CatchUp.tell("GetCatchUpPolicy", CatchUp.members(name, group, rule), output, client)
    }
  }

  struct Put: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set", abstract: "Sets the policy: 'set NAME MODE', or 'set --all-schedules MODE' for the default.")
    @Argument(help: "The schedule's name, then skip, latest, all or default.")
    var words: [String]
    @Option(help: "The schedule's group (default: default).")
    var group: String?
    @Flag(help: "NAME is a scheduled rule of EventBridge.")
    var rule = false
    @Flag(help: "Set what holds for every schedule and rule without a policy of its own.")
    var allSchedules = false
    @Option(help: "With all: the most instants that fire after one absence, 1 to 10000 (default: 100).")
    var cap: Int?
    @OptionGroup var output: OutputOptions
    @OptionGroup var client: ClientOptions

    func validate() throws {
      guard words.count == (allSchedules ? 1 : 2) else {
        throw ValidationError(allSchedules ? "with --all-schedules give the mode alone" : "give the schedule's name and the mode")
      }
      guard let mode = words.last, Mode(rawValue: mode) != nil else {
        throw ValidationError("the mode must be skip, latest, all or default, not '\(words.last ?? "")'")
      }
    }

    func run() async throws {
      var input = CatchUp.members(allSchedules ? nil : words.first, group, rule)
      input["Mode"] = .string((words.last ?? "").uppercased())
      input["Cap"] = cap.map { .int(Int64($0)) }
      try await CatchUp.tell("PutCatchUpPolicy", input, output, client)
    }
  }

  private static func members(_ name: String?, _ group: String?, _ rule: Bool) -> JSONObject {
    var input = JSONObject()
    input[rule ? "RuleName" : "Name"] = name.map { .string($0) }
    input["GroupName"] = group.map { .string($0) }
    return input
  }

  private static func tell(_ operation: String, _ input: JSONObject, _ output: OutputOptions, _ client: ClientOptions) async throws {
    let answer = try await client.ask(operation, of: "scheduler", input)
    if output.output == .json { return print(answer.text) }
    let cap = answer["Cap"]?.int.map { ", at most \($0)" } ?? ""
    print("\((answer["Mode"]?.string ?? "").lowercased())\(cap)\(answer["IsOwn"]?.bool ?? false ? "" : " (the default)")")
  }
}
