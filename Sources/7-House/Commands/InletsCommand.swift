import ArgumentParser
import JSON

/// `martlet inlets`: what came in and went out by other protocols than AWS's.
struct InletsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inlets",
    abstract: "Tells what came in by OTLP, StatsD and the embedded metric format, and how far remote write is.",
    discussion: "Counts are since the start of the server.")

  @OptionGroup var output: OutputOptions
  @OptionGroup var client: ClientOptions

  func run() async throws {
    let answer = try await client.ask("DescribeInlets", of: "inlets", JSONObject())
    if output.output == .json { return print(answer.text) }
    let counts = answer["counts"]?.array ?? []
    print(
      Table.text(
        ["INLET", "EVENT", "COUNT"],
        counts.map { [$0["inlet"]?.string ?? "", $0["event"]?.string ?? "", $0["count"]?.int.map { String($0) } ?? ""] }))
    if let statsD = answer["statsD"] {
      print("\nStatsD: namespace \(statsD["namespace"]?.string ?? ""), \(statsD["series"]?.int ?? 0) series wait for the next flush")
    }
    guard let written = answer["remoteWrite"] else { return }
    print("\nRemote write: \(written["url"]?.string ?? "") through \(written["writtenThrough"]?.shownInstant ?? "-")")
    if let failure = written["lastFailure"]?.string { print("It failed last: \(failure)") }
  }
}
