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
}

/// Calls a schedule's target under its role, again and again by its retry policy, then sends to the dead-letter queue.
struct CallTarget: Worker {
  static let queue = "scheduler.call"
  static let concurrency = 512

  static func run(_ task: AgendaTask, _ work: Work<Scheduler>) async throws {
    let invocation = try work.payload(Invocation.self)
    do {
      try await call(invocation, work)
    } catch let fault as Fault {
      try await failed(fault, invocation, work)
    }
  }

  private static func arn(_ invocation: Invocation, _ partition: Partition) -> ARN {
    ARN(service: "scheduler", region: partition.region, account: partition.account, resource: "schedule/\(invocation.schedule)")
  }

  /// The input with the context attributes filled in. Source: EventBridge Scheduler User Guide, "Adding context attributes".
  static func input(_ invocation: Invocation, _ partition: Partition) -> String {
    guard var text = invocation.target.input else { return "{}" }
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

  private static func call(_ invocation: Invocation, _ work: Work<Scheduler>) async throws {
    let invoker = work.room.context.invoker
    let text = input(invocation, work.partition)
    let found = try resolve(invocation, text, invoker)
    let context = work.context(
      role: invocation.target.roleArn, session: String(invocation.id.filter { $0 != "-" }), memberCase: found.universal ? .pascal : nil)
    if try invoker.isTransactional(found.service, found.operation) {
      let refusal = try await work.settle({ inner in
        do throws(Fault) {
          _ = try invoker.call(found.service, found.operation, found.input, context, in: inner.transaction)
        } catch { return error }
        try completed(invocation, inner)
        return nil
      })
      if let refusal { throw refusal }
    } else {
      _ = try await invoker.call(found.service, found.operation, found.input, context)
      try await work.finish { try completed(invocation, $0) }
    }
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
  static func resolve(_ invocation: Invocation, _ text: String, _ invoker: Invoker) throws -> Resolved {
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
    let found = try invoker.resolve(delivery)
    return Resolved(service: found.service, operation: found.operation, input: found.input, universal: false)
  }

  private static func completed(_ invocation: Invocation, _ call: Call<Scheduler>) throws {
    guard invocation.deletes else { return }
    try call.remove(invocation.schedule)
  }

  private static func failed(_ fault: Fault, _ invocation: Invocation, _ work: Work<Scheduler>) async throws {
    let target = invocation.target
    let policy = RetryPolicy(attempts: target.retryPolicy?.maximumRetryAttempts, ageInSeconds: target.retryPolicy?.maximumEventAgeInSeconds)
    var again = invocation
    again.attempt += 1
    let now = work.now
    switch policy.verdict(fault, failures: again.attempt, first: invocation.first, now: now, id: invocation.id) {
    case .again(let due): return try await work.release(until: due, payload: again)
    case .exhausted(let condition):
      let arn = arn(invocation, work.partition)
      work.room.context.log.error(
        "schedule's target not called", metadata: ["schedule": "\(arn)", "target": "\(target.arn)", "fault": "\(fault)"])
      if let queue = target.deadLetterConfig?.arn {
        try await DeadLetter.send(
          input(invocation, work.partition),
          attributes: [
            "ERROR_CODE": fault.code, "ERROR_MESSAGE": fault.message, "EXECUTION_ID": invocation.id,
            "EXHAUSTED_RETRY_CONDITION": condition ?? "", "IS_PAYLOAD_TRUNCATED": "false", "RETRY_ATTEMPTS": "\(again.attempt - 1)",
            "SCHEDULED_TIME": invocation.due.iso8601(), "SCHEDULE_ARN": arn.description, "TARGET_ARN": target.arn,
          ], to: queue, work.room.context.invoker, work.context())
      }
      try await work.finish { try completed(invocation, $0) }
    }
  }
}

extension Call where Home == Scheduler {
  /// Deletes a schedule with its timer and its runs.
  func remove(_ key: String) throws {
    guard let schedule = try get(Schedule.self, key) else { return }
    try delete(Schedule.self, key)
    try transaction.cancel(FireSchedule.queue, key: key, in: partition)
    try RunLedger.forget(schedule.arn(partition), in: partition, transaction)
  }
}
