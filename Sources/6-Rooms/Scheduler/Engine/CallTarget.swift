import JSON
import Logging
import ServiceKit
import Store
import Time

/// One due instant of a schedule on its way to its target, as the Agenda keeps it.
struct Invocation: Codable, Sendable {
  var schedule: String
  /// As it was at the due instant.
  var target: Target
  var due: Timestamp
  var id: String
  var attempt: Int
  var first: Timestamp
  /// Whether the schedule is deleted with this, its last, invocation.
  var deletes: Bool
  /// The run in the ledger; nil for one made before there was a ledger of runs.
  var run: String?
}

/// Calls a schedule's target under its role, again and again by its retry policy, then sends to the dead-letter queue.
///
/// Every target has a lane of its own, so that a slow one delays no other.
struct CallTarget: Worker {
  static let queue = "scheduler.call"
  static let concurrency = 1_024
  static let laneConcurrency = 64

  static func run(_ task: AgendaTask, _ work: Work<Scheduler>) async throws {
    let invocation = try work.payload(Invocation.self)
    let text = input(invocation, work.partition)
    var again = invocation
    again.attempt += 1
    let record = try await work.attempt(attempt(invocation, text, work.partition), again: again, ended: { try ended(invocation, $1, $0) }) {
      try destination(invocation, text, work)
    }
    count(record, invocation, work)
  }

  static func attempt(_ invocation: Invocation, _ text: String, _ partition: Partition) -> TargetAttempt {
    let (source, target) = (arn(invocation, partition), invocation.target)
    return TargetAttempt(
      source: source, target: target.arn, id: invocation.id, text: text, earlier: invocation.attempt, first: invocation.first,
      policy: RetryPolicy(
        attempts: target.retryPolicy?.maximumRetryAttempts, ageInSeconds: target.retryPolicy?.maximumEventAgeInSeconds),
      deadLetter: target.deadLetterConfig?.arn,
      attributes: [
        "EXECUTION_ID": invocation.id, "IS_PAYLOAD_TRUNCATED": "false", "SCHEDULED_TIME": invocation.due.iso8601(),
        "SCHEDULE_ARN": source.description, "TARGET_ARN": target.arn,
      ])
  }

  /// Throws the fault of a target that can not be called.
  static func destination(_ invocation: Invocation, _ text: String, _ work: Work<Scheduler>) throws -> TargetAttempt.Destination {
    let found = try resolve(invocation, text, work.room.context.invoker, in: work.partition)
    return TargetAttempt.Destination(
      service: found.service, operation: found.operation, input: found.input,
      context: work.context(
        role: invocation.target.roleArn, session: String(invocation.id.filter { $0 != "-" }),
        memberCase: found.universal ? .pascal : nil))
  }

  /// A schedule that is done with is deleted once its last invocation has ended one way or the other.
  private static func ended(_ invocation: Invocation, _ record: DeliveryRecord, _ call: Call<Scheduler>) throws {
    try RunLedger.settled(invocation.run, ScheduledRun.Target(record), in: call.partition, call.transaction)
    if invocation.deletes, record.outcome != .retrying { try call.remove(invocation.schedule) }
  }

  /// Source: EventBridge Scheduler User Guide, "Monitoring Amazon EventBridge Scheduler with Amazon CloudWatch".
  static func count(_ record: DeliveryRecord, _ invocation: Invocation, _ work: Work<Scheduler>) {
    let (counters, partition) = (work.room.context.counters, work.partition)
    let dimensions = ["ScheduleGroup": String(invocation.schedule.prefix { $0 != "/" })]
    func add(_ name: String) { counters.add("AWS/Scheduler", name, dimensions, in: partition) }
    add("InvocationAttemptCount")
    guard record.outcome != .delivered else { return }
    add("TargetErrorCount")
    if record.errorCode.map({ Fault($0, "").isThrottling }) ?? false { add("TargetErrorThrottledCount") }
    guard record.outcome != .retrying else { return }
    add("InvocationDroppedCount")
    if record.outcome == .deadLettered { add("InvocationsSentToDeadLetterCount") }
    if record.outcome == .dropped, invocation.target.deadLetterConfig?.arn != nil { add("InvocationsFailedToBeSentToDeadLetterCount") }
  }

  private static func arn(_ invocation: Invocation, _ partition: Partition) -> ARN {
    ARN(service: "scheduler", region: partition.region, account: partition.account, resource: "schedule/\(invocation.schedule)")
  }

  /// The input with the context attributes filled in. Source: EventBridge Scheduler User Guide, "Adding context attributes".
  static func input(_ invocation: Invocation, _ partition: Partition) -> String {
    guard var text = invocation.target.input else { return notification(invocation, partition) }
    guard text.contains("<aws.scheduler.") else { return text }
    let values = [
      "schedule-arn": arn(invocation, partition).description, "scheduled-time": invocation.due.iso8601(), "execution-id": invocation.id,
      "attempt-number": "\(invocation.attempt + 1)",
    ]
    for (name, value) in values {
      let parts = text.split(separator: "<aws.scheduler.\(name)>", omittingEmptySubsequences: false)
      text = parts.joined(separator: value)
    }
    return text
  }

  /// What a target gets that was given no input. Source: EventBridge Scheduler API Reference, Target, Input: "a default notification".
  private static func notification(_ invocation: Invocation, _ partition: Partition) -> String {
    let event: JSONObject = [
      "version": "0", "id": .string(invocation.id), "detail-type": "Scheduled Event", "source": "aws.scheduler",
      "account": .string(partition.account), "time": .string(invocation.due.iso8601()), "region": .string(partition.region),
      "resources": [.string(arn(invocation, partition).description)], "detail": "{}",
    ]
    return JSONValue.object(event).text
  }

  struct Resolved: Sendable {
    var service: String
    var operation: String
    var input: JSONValue
    /// Members are spelled as the AWS SDK spells them.
    var universal: Bool
  }

  /// The operation to call: named by a universal target's ARN, `arn:aws:scheduler:::aws-sdk:service:action`, or that by which the
  /// target's room takes deliveries. Throws ValidationException.
  static func resolve(_ invocation: Invocation, _ text: String, _ invoker: Invoker, in partition: Partition) throws -> Resolved {
    guard let target = ARN(invocation.target.arn) else {
      throw Fault.validation("Provided Arn is not in correct format.")
    }
    if target.service == "scheduler", target.resource.hasPrefix("aws-sdk:") {
      let parts = target.resource.split(separator: ":").map(String.init)
      guard parts.count == 3, let first = parts[2].first else {
        throw Fault.validation("\(invocation.target.arn) is not of the form arn:aws:scheduler:::aws-sdk:service:action.")
      }
      guard let input = try? JSONValue(parsing: text), input.object != nil else {
        throw Fault.validation("The Input of a universal target must be a JSON object.")
      }
      let operation = first.uppercased() + parts[2].dropFirst()
      _ = try invoker.handler(parts[1], operation)
      return Resolved(service: parts[1], operation: operation, input: input, universal: true)
    }
    let payload = (try? JSONValue(parsing: text)) ?? .string(text)
    let delivery = Delivery(target: target, payload: payload, text: text, parameters: invocation.target.parameters, id: invocation.id)
    let found = try invoker.resolve(delivery, in: partition)
    return Resolved(service: found.service, operation: found.operation, input: found.input, universal: false)
  }
}
