import ArgumentParser
import House

/// The `martlet` command.
package struct Martlet: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "martlet",
    abstract: "Schedules ML jobs on your own machines and watches over them, by AWS's own protocols.",
    discussion: """
      Start a server with 'martlet serve', then point any AWS tool at it:

        eval "$(martlet env)"
        aws stepfunctions list-state-machines

      Every option can also be set by an environment variable (MARTLET_DATA, MARTLET_ADDRESS, ...) or in a YAML file
      named with --config or MARTLET_CONFIG. Options win over variables, variables over the file.
      """,
    version: House.version,
    subcommands: [
      Serve.self, Env.self, Version.self, Doctor.self, Schedules.self, Deliveries.self, ExplainMatch.self, JSONataCommand.self,
      ValidateCommand.self, DebugCommand.self, Executions.self, Alarms.self, LogsCommand.self,
      InletsCommand.self,
    ])

  package init() {}
}

struct Version: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Prints the version.")
  func run() { print("martlet \(House.version)") }
}
