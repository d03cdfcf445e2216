import ArgumentParser
import FoundationEssentials
import JSON
import Time

/// `martlet alarms backtest`
struct Backtest: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what an alarm would have done over the stored past.",
    discussion: """
      Name an alarm that exists, or a file with the input of PutMetricAlarm or PutCompositeAlarm as the AWS CLI takes it by
      --cli-input-json.
      """)

  @Argument(help: "A file with an alarm's definition in JSON; - for standard input.")
  var file: String?

  @Option(help: "An alarm that exists.")
  var name: String?

  @Option(parsing: .unconditional, help: "Where to begin: an instant, or -7d and the like.")
  var start: InstantArgument

  @Option(parsing: .unconditional, help: "Where to end (default: now).")
  var end: InstantArgument?

  @OptionGroup var output: OutputOptions
  @OptionGroup var client: ClientOptions

  func validate() throws {
    if (file == nil) == (name == nil) { throw ValidationError("name a file with a definition, or an alarm by --name") }
  }

  func run() async throws {
    var input: JSONObject = ["StartTime": start.json]
    input["EndTime"] = end?.json
    if let name { input["AlarmName"] = .string(name) }
    if let file {
      let definition = try read(file)
      input[definition["AlarmRule"] == nil ? "MetricAlarm" : "CompositeAlarm"] = definition
    }
    let answer = try await client.ask("BacktestAlarm", of: "cloudwatch", input)
    if output.output == .json { return print(answer.text) }
    show(answer)
  }

  private func read(_ file: String) throws -> JSONValue {
    let data = file == "-" ? FileManager.default.contents(atPath: "/dev/stdin") : FileManager.default.contents(atPath: file)
    guard let data else { throw Refusal("there is no file \(file)") }
    do { return try JSONValue(parsing: Array(data)) } catch { throw Refusal("\(file) is no JSON: \(error.message)") }
  }

  private func show(_ answer: JSONValue) {
    let changes = answer["StateChanges"]?.array ?? []
    print(
      Table.text(
        ["TIME", "FROM", "TO", "REASON"],
        changes.map { change in
          [
            change["Timestamp"]?.shownInstant ?? "", change["OldStateValue"]?.string ?? "", change["NewStateValue"]?.string ?? "",
            change["StateReason"]?.string ?? "",
          ]
        }))
    let fired = answer["Counts"]?["ALARM"]?.int ?? 0
    let spent = answer["SecondsInState"]
    let share = { (state: String) in (spent?[state]?.double ?? 0) }
    let all = max(share("ALARM") + share("OK") + share("INSUFFICIENT_DATA"), 1)
    let percent = { (state: String) in "\((share(state) / all * 1_000).rounded() / 10) %" }
    print(
      "\(answer["AlarmName"]?.string ?? "") would have gone into ALARM \(fired) time\(fired == 1 ? "" : "s") from "
        + "\(answer["StartTime"]?.shownInstant ?? "") to \(answer["EndTime"]?.shownInstant ?? ""): "
        + "\(percent("ALARM")) of the time in ALARM, \(percent("OK")) in OK, \(percent("INSUFFICIENT_DATA")) in INSUFFICIENT_DATA.")
  }
}
