import ArgumentParser
import JSON

/// `martlet alarms why`
struct Why: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells why an alarm is in its state, by which data points, and what keeps its actions back.")

  @Argument(help: "The alarm's name.")
  var name: String

  @OptionGroup var output: OutputOptions
  @OptionGroup var client: ClientOptions

  func run() async throws {
    let answer = try await client.ask("ExplainAlarm", of: "cloudwatch", ["AlarmName": .string(name)])
    if output.output == .json { return print(answer.text) }
    let text = { (member: String) in answer[member]?.string ?? "" }
    print("\(name) is \(text("StateValue")) since \(answer["StateTransitionedTimestamp"]?.shownInstant ?? "-").")
    print("Because: \(text("StateReason"))")
    print("Rule: \(text("Rule"))")
    print("Now it would be judged: \(answer["CurrentEvaluation"]?.string ?? "as it is, because missing data is ignored.")")
    for reason in answer["KeptBack"]?.array ?? [] { print("Its actions are not done: \(reason.string ?? "")") }
    let children = answer["Children"]?.array ?? []
    if !children.isEmpty {
      print(
        Table.text(
          ["CHILD", "STATE", "DECIDES"],
          children.map {
            [$0["AlarmName"]?.string ?? "", $0["StateValue"]?.string ?? "does not exist", $0["IsDecisive"]?.bool == true ? "yes" : ""]
          }))
    }
    let points = answer["DataPoints"]?.array ?? []
    if !points.isEmpty {
      print(
        Table.text(
          ["DATA POINT", "VALUE", "BAND", "BREACHES"],
          points.map { point in
            let band = point["LowerThreshold"].flatMap { low in point["UpperThreshold"].map { "\(low.text) to \($0.text)" } }
            return [
              point["Timestamp"]?.shownInstant ?? "", point["Value"]?.text ?? "missing", band ?? "",
              point["IsBreaching"]?.bool == true ? "yes" : "no",
            ]
          }))
    }
  }
}
