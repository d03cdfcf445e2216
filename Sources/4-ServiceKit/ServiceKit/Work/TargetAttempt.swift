import JSON
import Logging
import Store
import Time

/// One attempt to hand something to a target: what rules, schedules and pipes have in common.
///
/// Where the target's room works in transactions, the delivery, its record and the end of its task are one commit: it is neither lost nor
/// done twice. Elsewhere it is done at least once: a crash between the target's answer and the commit repeats it.
package struct TargetAttempt: Sendable {
  /// The rule, schedule or pipe that delivers.
  package var source: ARN
  /// The target as the user named it.
  package var target: String
  /// The same for all attempts of one delivery.
  package var id: String
  /// The id of the event it comes from, where there is one.
  package var cause: String?
  package var text: String
  /// Attempts made before this one.
  package var earlier: Int
  package var first: Timestamp
  package var policy: RetryPolicy
  /// The ARN of the queue for what can not be delivered.
  package var deadLetter: String?
  /// What the dead-letter queue is told besides the fault.
  package var attributes: [String: String]
  /// The X-Ray trace header of what is delivered: the dead-letter queue gets it too.
  package var trace: String?

  package init(
    source: ARN, target: String, id: String, cause: String? = nil, text: String, earlier: Int, first: Timestamp, policy: RetryPolicy,
    deadLetter: String?, attributes: [String: String], trace: String? = nil
  ) {
    self.trace = trace
    self.source = source
    self.target = target
    self.id = id
    self.cause = cause
    self.text = text
    self.earlier = earlier
    self.first = first
    self.policy = policy
    self.deadLetter = deadLetter
    self.attributes = attributes
  }

  /// Which operation takes the delivery, with what input and in whose name.
  package struct Destination: Sendable {
    package var service: String
    package var operation: String
    package var input: JSONValue
    package var context: CallContext

    package init(service: String, operation: String, input: JSONValue, context: CallContext) {
      self.service = service
      self.operation = operation
      self.input = input
      self.context = context
    }
  }

  /// What came of it, for the delivery log.
  package func record(
    _ outcome: DeliveryRecord.Outcome, at now: Timestamp, fault: Fault? = nil, answer: JSONValue? = nil, next: Timestamp? = nil
  ) -> DeliveryRecord {
    DeliveryRecord(
      id: id, target: target, at: now, attempt: earlier + 1, outcome: outcome, sent: text, sentBytes: text.utf8.count, answer: answer,
      errorCode: fault?.code, errorMessage: fault?.message, next: next, cause: cause)
  }
}

extension Work {
  /// Makes the attempt and whatever follows from it, and answers what came of it. The task is settled afterwards.
  ///
  /// - Parameters:
  ///   - destination: resolves the target. A fault it throws counts as the target's.
  ///   - again: the task's payload for the next attempt.
  ///   - ended: called in the transaction that keeps the outcome.
  @discardableResult
  package func attempt<Payload: Codable & Sendable>(
    _ attempt: TargetAttempt, again: Payload, ended: @escaping Ended = { _, _ in }, _ destination: () throws -> TargetAttempt.Destination
  ) async throws -> DeliveryRecord {
    do {
      let destination = try destination()
      let invoker = room.context.invoker
      if try invoker.isTransactional(destination.service, destination.operation) {
        return try await deliver(attempt, ended) { call in
          try invoker.call(destination.service, destination.operation, destination.input, destination.context, in: call.transaction)
        }
      }
      let answer = try await invoker.call(destination.service, destination.operation, destination.input, destination.context)
      let record = attempt.record(.delivered, at: now, answer: answer)
      try await finish { try $0.keep(record, of: attempt.source, ended) }
      return record
    } catch let fault as Fault {
      return try await failed(attempt, fault, again, ended)
    }
  }

  /// As the other, for a delivery that the room makes itself, in the transaction it is given.
  @discardableResult
  package func attempt<Payload: Codable & Sendable>(
    _ attempt: TargetAttempt, again: Payload, ended: @escaping Ended = { _, _ in },
    within body: @escaping @Sendable (Call<Home>) throws -> Void
  ) async throws -> DeliveryRecord {
    do {
      return try await deliver(attempt, ended) { call in
        try call.transaction.savepoint { try body(call) }
        return .object(JSONObject())
      }
    } catch let fault as Fault {
      return try await failed(attempt, fault, again, ended)
    }
  }

  package typealias Ended = @Sendable (Call<Home>, DeliveryRecord) throws -> Void

  /// Delivered, recorded and done with in one commit; a fault leaves the task claimed and nothing else.
  private func deliver(
    _ attempt: TargetAttempt, _ ended: @escaping Ended, _ body: @escaping @Sendable (Call<Home>) throws -> JSONValue
  ) async throws -> DeliveryRecord {
    let now = now
    return try await finish { call in
      let record = attempt.record(.delivered, at: now, answer: try body(call))
      try call.keep(record, of: attempt.source, ended)
      return record
    }
  }

  private func failed<Payload: Codable & Sendable>(
    _ attempt: TargetAttempt, _ fault: Fault, _ again: Payload, _ ended: @escaping Ended
  ) async throws -> DeliveryRecord {
    let now = now
    let verdict = attempt.policy.verdict(fault, failures: attempt.earlier + 1, first: attempt.first, now: now, id: attempt.id)
    switch verdict {
    case .again(let due):
      let record = attempt.record(.retrying, at: now, fault: fault, next: due)
      if fault.isPostponed {
        try await release(until: due)
        return record
      }
      try await release(until: due, payload: again) { try $0.keep(record, of: attempt.source, ended) }
      return record
    case .exhausted(let condition):
      room.context.log.error(
        "not delivered",
        metadata: [
          "source": "\(attempt.source)", "target": "\(attempt.target)", "attempts": "\(attempt.earlier + 1)", "fault": "\(fault)",
        ])
      var attributes = attempt.attributes
      attributes["ERROR_CODE"] = fault.code
      attributes["ERROR_MESSAGE"] = fault.message
      attributes["EXHAUSTED_RETRY_CONDITION"] = condition ?? ""
      attributes["RETRY_ATTEMPTS"] = "\(attempt.earlier)"
      let (told, context) = (attributes, context())
      return try await finish { call in
        var outcome = DeliveryRecord.Outcome.dropped
        if let queue = attempt.deadLetter {
          do throws(Fault) {
            try DeadLetter.send(
              attempt.text, attributes: told, trace: attempt.trace, to: queue, call.room.context.invoker, context, in: call.transaction)
            outcome = .deadLettered
          } catch {
            call.room.context.log.error(
              "dead-letter queue took nothing",
              metadata: ["source": "\(attempt.source)", "queue": "\(queue)", "fault": "\(error)"])
          }
        }
        var record = attempt.record(outcome, at: now, fault: fault)
        record.exhausted = condition
        try call.keep(record, of: attempt.source, ended)
        return record
      }
    }
  }
}

extension Call {
  fileprivate func keep(_ record: DeliveryRecord, of source: ARN, _ ended: (Call<Home>, DeliveryRecord) throws -> Void) throws {
    try DeliveryLog.append(record, of: source, in: partition, transaction)
    try ended(self, record)
  }
}
