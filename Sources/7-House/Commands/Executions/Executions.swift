import ArgumentParser
import JSON

/// `martlet executions`: why workflows fail, and doing again what failed.
struct Executions: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Groups failed executions by where and why they failed, redrives them, and compares two.",
    discussion: """
        martlet executions failing arn:aws:states:...:stateMachine:training
        martlet executions redrive arn:aws:states:...:stateMachine:training --state Upload --dry-run
        martlet executions diff arn:aws:states:...:execution:training:monday arn:aws:states:...:execution:training:tuesday
      """,
    subcommands: [Failing.self, Redrive.self, Diff.self])
}
