import ArgumentParser
import JSON
import Time

/// `martlet schedules forecast`
struct ForecastCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecast", abstract: "Tells what will fire between two instants, by schedule or by hour.",
    discussion: "Schedules and scheduled rules both count, unless --group is given. Hours are of UTC.")

  enum By: String, ExpressibleByArgument, CaseIterable {
    case schedule, hour
  }

  @Option(parsing: .unconditional, help: "From this instant on: 2027-01-31, 2027-01-31T09:30:00Z, now, -7d, +12h (default: now).")
  var from: InstantArgument?

  @Option(parsing: .unconditional, help: "Before this instant (default: seven days later).")
  var to: InstantArgument?

  @Option(help: "schedule or hour.")
  var by: By = .schedule

  @Option(help: "Only schedules of this group.")
  var group: String?

  @Option(help: "Only names that begin so.")
  var prefix: String?

  @OptionGroup var output: OutputOptions
  @OptionGroup var client: ClientOptions

  func run() async throws {
    let begin = from?.instant ?? SystemClock().now()
    var input: JSONObject = ["By": by == .hour ? "HOUR" : "SCHEDULE", "MaxResults": 1_000, "From": .double(begin.epochSeconds)]
    input["To"] = to?.json ?? .double((begin + .seconds(7 * 86_400)).epochSeconds)
    input["GroupName"] = group.map { .string($0) }
    input["NamePrefix"] = prefix.map { .string($0) }
    var pages = try await pages(input)
    if group == nil {
      input["Rules"] = true
      pages += try await self.pages(input)
    }
    let total = pages.reduce(0) { $0 + ($1["Count"]?.int ?? 0) }
    if by == .hour { return printHours(pages, total) }
    let found = pages.flatMap { $0["Schedules"]?.array ?? [] }
    if output.output == .json { return print(JSONValue.object(["Count": .int(total), "Schedules": .array(found)]).text) }
    let due = found.filter { ($0["Count"]?.int ?? 0) > 0 || ($0["SkippedLocalTimes"]?.int ?? 0) > 0 }
    print(Table.text(["NAME", "COUNT", "FIRST", "LAST", "NOTE"], due.map(row)))
    print("\(total) in all, of \(found.count) schedules")
  }

  private func pages(_ input: JSONObject) async throws -> [JSONValue] {
    var (input, found) = (input, [JSONValue]())
    while true {
      let answer = try await client.ask("ForecastSchedules", of: "scheduler", input)
      found.append(answer)
      guard let next = answer["NextToken"], !next.isNull else { return found }
      input["NextToken"] = next
    }
  }

  private func row(_ schedule: JSONValue) -> [String] {
    let name = schedule["Name"]?.string ?? ""
    let group = schedule["GroupName"]?.string
    var notes: [String] = []
    if let skipped = schedule["SkippedLocalTimes"]?.int, skipped > 0 { notes.append("clocks skip \(skipped) of its times") }
    if let doubled = schedule["DoubledLocalTimes"]?.int, doubled > 0 {
      notes.append("clocks show \(doubled) of its times twice; it fires once")
    }
    return [
      group == nil ? "rule \(name)" : group == "default" ? name : "\(group ?? "")/\(name)", "\(schedule["Count"]?.int ?? 0)",
      schedule["First"]?.shownInstant ?? "-", schedule["Last"]?.shownInstant ?? "-", notes.joined(separator: "; "),
    ]
  }

  private func printHours(_ pages: [JSONValue], _ total: Int64) {
    var hours: [Double: Int64] = [:]
    for hour in pages.flatMap({ $0["Hours"]?.array ?? [] }) {
      if let at = hour["Hour"]?.double { hours[at, default: 0] += hour["Count"]?.int ?? 0 }
    }
    let sorted = hours.sorted { $0.key < $1.key }
    if output.output == .json {
      let list = sorted.map { JSONValue.object(["Hour": .double($0.key), "Count": .int($0.value)]) }
      return print(JSONValue.object(["Count": .int(total), "Hours": .array(list)]).text)
    }
    let most = max(1, sorted.map(\.value).max() ?? 1)
    print(
      Table.text(
        ["HOUR", "COUNT", ""],
        sorted.map {
          [JSONValue.double($0.key).shownInstant, "\($0.value)", String(repeating: "#", count: Int(max(1, $0.value * 40 / most)))]
        }))
    print("\(total) in all")
  }
}
