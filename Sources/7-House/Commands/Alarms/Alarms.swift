import ArgumentParser
import JSON

/// `martlet alarms`: why alarms are in their states, and what they would have done.
struct Alarms: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells why an alarm is in its state, and plays alarms over the stored past.",
    discussion: """
        martlet alarms why training-loss
        martlet alarms backtest --name training-loss --start -30d
        martlet alarms backtest planned.json --start 2026-01-01 --end 2026-02-01
      """,
    subcommands: [Why.self, Backtest.self])
}
