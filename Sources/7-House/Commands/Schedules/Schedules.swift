import ArgumentParser
import JSON

/// `martlet schedules`: what schedules did, do and will do.
struct Schedules: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells what schedules did and will do, fires them, and fills in the past.",
    discussion: """
      A schedule is named NAME in the group 'default', or in the group that --group names. With --rule, NAME is a scheduled rule.

        martlet schedules list
        martlet schedules runs nightly --outcome missed
        martlet schedules run-now nightly
        martlet schedules backfill start nightly --from 2027-01-01 --to 2027-02-01 --dry-run
        martlet schedules forecast --by hour
        martlet schedules catch-up set nightly all --cap 24

      Instants are given as 2027-01-31, 2027-01-31T09:30:00Z, now, or a distance from now: -7d, +12h, -30m.
      Answers are tables for people; --output json gives the server's answer as it is.
      """,
    subcommands: [
      ListStatuses.self, ListRuns.self, RunNow.self, Backfills.self, ForecastCommand.self, CatchUp.self,
    ])
}

/// Names a schedule or rule.
struct SubjectOptions: ParsableArguments {
  @Argument(help: "The schedule's name, or with --rule the rule's.")
  var name: String

  @Option(help: "The schedule's group (default: default).")
  var group: String?

  @Flag(help: "NAME is a scheduled rule of EventBridge.")
  var rule = false

  func validate() throws {
    if rule, group != nil { throw ValidationError("--group is for schedules: rules have no groups") }
  }
}

extension SubjectOptions {
  /// The members that name it in a call.
  var members: JSONObject {
    var input = JSONObject()
    input[rule ? "RuleName" : "Name"] = .string(name)
    input["GroupName"] = group.map { .string($0) }
    return input
  }
}
