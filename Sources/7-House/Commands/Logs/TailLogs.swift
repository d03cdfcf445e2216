import ArgumentParser
import Foundation
import JSON
import Server
import Time

/// `martlet logs tail`
struct TailLogs: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "tail", abstract: "Prints a log group's events, and new ones as they come.")

  @Argument(help: "The log group.")
  var group: String

  @Flag(name: [.long, .customShort("f")], help: "Goes on with new events until Ctrl-C.")
  var follow = false

  @Option(help: "A filter pattern: 'ERROR', '{ $.level = \"error\" }'.")
  var filter: String?

  @Option(parsing: .unconditional, help: "From when on: -10m (default), or an instant.")
  var since: InstantArgument?

  @Option(help: "Only streams whose names begin so.")
  var streams: String?

  @Flag(help: "Shows sensitive data that is masked otherwise.")
  var unmask = false

  @OptionGroup var output: OutputOptions
  @OptionGroup var client: ClientOptions

  func run() async throws {
    var start = (since?.instant ?? SystemClock().now() - .seconds(600)).milliseconds
    // Events of the last seconds may still come in behind others: they are asked for again, and shown once.
    var shown: Set<String> = []
    while true {
      var token: JSONValue?
      var newest = start
      repeat {
        var input: JSONObject = ["logGroupName": .string(group), "startTime": .int(start)]
        input["filterPattern"] = filter.map { .string($0) }
        input["logStreamNamePrefix"] = streams.map { .string($0) }
        input["unmask"] = unmask ? true : nil
        input["nextToken"] = token
        let page = try await client.logs("FilterLogEvents", input)
        for event in page["events"]?.array ?? [] {
          guard let id = event["eventId"]?.string, shown.insert(id).inserted else { continue }
          newest = max(newest, event["timestamp"]?.int ?? 0)
          // Not `print`, which keeps lines back when somebody reads them through a pipe.
          try FileHandle.standardOutput.write(contentsOf: Array("\(output.output == .json ? event.text : line(event))\n".utf8))
        }
        token = page["nextToken"].flatMap { $0.isNull ? nil : $0 }
      } while token != nil
      guard follow else { return }
      if newest - start > 60_000 {
        start = newest - 30_000
        if shown.count > 100_000 { shown = [] }
      }
      try await Task.sleep(for: .seconds(1))
    }
  }

  private func line(_ event: JSONValue) -> String {
    let time = Timestamp(milliseconds: event["timestamp"]?.int ?? 0).iso8601(.milliseconds)
    let message = event["message"]?.string ?? ""
    return "\(time) \(event["logStreamName"]?.string ?? "") \(message.hasSuffix("\n") ? String(message.dropLast()) : message)"
  }
}
