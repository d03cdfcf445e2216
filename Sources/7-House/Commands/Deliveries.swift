import ArgumentParser
import JSON

/// `martlet deliveries`: what rules, schedules, pipes and alarms handed to their targets.
struct Deliveries: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the attempts to hand something to a target: what was sent where, when, with what result.",
    discussion: """
      Name one rule, schedule, pipe or alarm; the newest attempts come first, the latest 10,000 of each are kept.

        martlet deliveries --rule failed-jobs --outcome dropped
        martlet deliveries --schedule nightly --output json
        martlet deliveries --pipe ingest --id 3f2c0d0e-...
      """)

  @Option(help: "A rule of EventBridge.")
  var rule: String?

  @Option(help: "The rule's bus (default: the default bus).")
  var eventBus: String?

  @Option(help: "A schedule.")
  var schedule: String?

  @Option(help: "The schedule's group (default: default).")
  var group: String?

  @Option(help: "A pipe.")
  var pipe: String?

  @Option(help: "An alarm.")
  var alarm: String?

  @Option(help: "A metric stream.")
  var metricStream: String?

  @Option(help: "Only delivered, retrying, dead-lettered or dropped ones.")
  var outcome: String?

  @Option(help: "Only those of this delivery or of this event.")
  var id: String?

  @Option(help: "How many at most.")
  var limit = 50

  @OptionGroup var output: OutputOptions
  @OptionGroup var client: ClientOptions

  func validate() throws {
    guard [rule, schedule, pipe, alarm, metricStream].compactMap({ $0 }).count == 1 else {
      throw ValidationError("name one source: --rule, --schedule, --pipe, --alarm or --metric-stream")
    }
    if eventBus != nil, rule == nil { throw ValidationError("--event-bus belongs to --rule") }
    if group != nil, schedule == nil { throw ValidationError("--group belongs to --schedule") }
    if let outcome, !["delivered", "retrying", "dead-lettered", "dropped"].contains(outcome.lowercased()) {
      throw ValidationError("--outcome must be delivered, retrying, dead-lettered or dropped, not '\(outcome)'")
    }
    if limit < 1 { throw ValidationError("--limit must be 1 or more") }
  }

  func run() async throws {
    var input = JSONObject()
    input["Outcome"] = outcome.map { .string(String($0.uppercased().map { $0 == "-" ? "_" : $0 })) }
    input["Id"] = id.map { .string($0) }
    input["MaxResults"] = .int(Int64(min(limit, 500)))
    let service: String
    if let rule {
      service = "events"
      input["Rule"] = .string(rule)
      input["EventBusName"] = eventBus.map { .string($0) }
    } else {
      service = pipe != nil ? "pipes" : alarm ?? metricStream != nil ? "cloudwatch" : "scheduler"
      input["Name"] = (schedule ?? pipe ?? alarm ?? metricStream).map { .string($0) }
      input["GroupName"] = group.map { .string($0) }
    }
    let found = try await client.all(
      metricStream == nil ? "ListDeliveries" : "ListStreamDeliveries", of: service, input, "Deliveries", limit: limit)
    if output.output == .json { return print(JSONValue.object(["Deliveries": .array(found)]).text) }
    print(Table.text(["TIME", "OUTCOME", "ATTEMPT", "TARGET", "SENT", "ANSWER OR FAULT"], found.map(row)))
  }

  private func row(_ delivery: JSONValue) -> [String] {
    let sent = String((delivery["Sent"]?.string ?? "").prefix(60))
    let fault = delivery["ErrorCode"]?.string.map { "\($0): \(delivery["ErrorMessage"]?.string ?? "")" }
    return [
      delivery["Time"]?.shownInstant ?? "",
      String((delivery["Outcome"]?.string ?? "").lowercased().map { $0 == "_" ? "-" : $0 }), "\(delivery["Attempt"]?.int ?? 0)",
      delivery["TargetArn"]?.string ?? "", (delivery["SentBytes"]?.int ?? 0) > 60 ? sent + "..." : sent,
      fault ?? delivery["Answer"].map { $0.text } ?? "",
    ]
  }
}
