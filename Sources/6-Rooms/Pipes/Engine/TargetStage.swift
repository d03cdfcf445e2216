import InputTemplate
import JSON
import ServiceKit
import Store
import Time

/// The last stage of an execution: each event, or the list of all, goes to the target; what it took is taken from the source.
///
/// A target whose room works in transactions takes the event in the commit that removes it from the source: neither lost nor twice.
struct TargetStage: Sendable {
  let execution: PipeExecution
  let events: [PipeEvent]
  let deadline: Timestamp
  private var pump: Pump { execution.pump }
  private var pipe: Pipe { execution.pump.pipe }
  private var context: RoomContext { execution.pump.room.context }

  private struct Request: Sendable {
    /// Of the events it carries.
    var positions: [Int]
    var id: String
    var text: String
    var call: TargetRequest.Resolved
  }

  /// Answers what failed, by the id of the record it came from.
  func run(_ log: inout ExecutionLog, _ metrics: PipeMetrics) async throws -> [String: Fault] {
    let batch = execution.batch
    guard !events.isEmpty else {
      log.add("TargetStageSkipped", .trace)
      metrics.count("TargetStageSkipped")
      try await context.store.write { [source = pump.source] in try source.complete(batch, $0) }
      return [:]
    }
    let began = context.clock.now()
    log.add("TargetStageEntered", .info, payload: PipeExecution.text(events))
    do {
      let texts = try execution.transformed(events, pipe.targetParameters?.inputTemplate, "Target", &log)
      var refused: [Int: Fault] = [:]
      let requests = requests(texts, &refused)
      log.add("TargetInvocationStarted", .trace, request: JSONValue.array(requests.map(\.call.input)).text)
      let failures = try await deliver(requests, refused, &log)
      metrics.duration("TargetStageDuration", context.clock.now() - began)
      end(failures, &log, metrics)
      return failures
    } catch {
      log.add("TargetStageFailed", .error, fault: PipeExecution.fault(error))
      metrics.count("TargetStageFailed")
      throw error
    }
  }

  private func end(_ failures: [String: Fault], _ log: inout ExecutionLog, _ metrics: PipeMetrics) {
    guard let fault = failures.values.first else {
      log.add("TargetInvocationSucceeded", .trace)
      log.add("TargetStageSucceeded", .info)
      return
    }
    let word = failures.count < execution.batch.count ? "PartiallyFailed" : "Failed"
    log.add("TargetInvocation\(word)", .error, fault: fault, service: ARN(pipe.target)?.service)
    log.add("TargetStage\(word)", .error, fault: fault)
    metrics.count("TargetStage\(word)")
  }

  private func requests(_ texts: [String], _ refused: inout [Int: Fault]) -> [Request] {
    let groups = TargetRequest.takesLists(pipe) ? [Array(texts.indices)] : texts.indices.map { [$0] }
    return groups.enumerated().compactMap { number, positions in
      let isList = TargetRequest.takesLists(pipe)
      let values = isList ? texts.map(PipeExecution.value) : []
      let text = isList ? JSONValue.array(values).text : texts[positions[0]]
      let request = TargetRequest(
        pipe: pipe, text: text, payload: isList ? .array(values) : PipeExecution.value(text),
        id: isList ? execution.id : "\(execution.id)_\(number)", event: events[positions[0]])
      do {
        let call = try request.resolve(context.invoker, in: pump.partition)
        return Request(positions: positions, id: request.id, text: text, call: call)
      } catch {
        for position in positions { refused[position] = PipeExecution.fault(error) }
        return nil
      }
    }
  }

  private func deliver(_ requests: [Request], _ refused: [Int: Fault], _ log: inout ExecutionLog) async throws -> [String: Fault] {
    var isTransactional = true
    for request in requests where try !context.invoker.isTransactional(request.call.service, request.call.operation) {
      isTransactional = false
    }
    if isTransactional {
      return try await context.store.write { transaction in
        var failed = refused
        for request in requests {
          do throws(Fault) {
            let answer = try context.invoker.call(
              request.call.service, request.call.operation, request.call.input, pump.room.callContext(pipe, pump.partition), in: transaction
            )
            judge(answer, request, &failed)
          } catch {
            for position in request.positions { failed[position] = error }
          }
        }
        let failures = byRecord(failed)
        try pump.source.complete(execution.batch.filter { failures[$0.id] == nil }, transaction)
        try keep(requests, failed, transaction)
        return failures
      }
    }
    var failed = refused
    for request in requests {
      do {
        let answer = try await PipeTimeout.run(context.clock, until: deadline) {
          try await patiently {
            try await context.invoker.call(
              request.call.service, request.call.operation, request.call.input, pump.room.callContext(pipe, pump.partition))
          }
        }
        judge(answer, request, &failed)
      } catch {
        for position in request.positions { failed[position] = PipeExecution.fault(error) }
      }
    }
    let failures = byRecord(failed)
    let (taken, outcome) = (execution.batch.filter { failures[$0.id] == nil }, failed)
    try await context.store.write { transaction in
      try pump.source.complete(taken, transaction)
      try keep(requests, outcome, transaction)
    }
    return failures
  }

  /// Calls again when the target named the time after which it may be.
  private func patiently(_ call: @Sendable () async throws -> JSONValue) async throws -> JSONValue {
    while true {
      do { return try await call() } catch let fault as Fault {
        guard let wait = fault.retryAfter, context.clock.now() + wait < deadline else { throw fault }
        try await context.clock.sleep(until: context.clock.now() + max(wait, .milliseconds(10)))
      }
    }
  }

  /// Writes into the delivery log what was sent and what came of it.
  private func keep(_ requests: [Request], _ failed: [Int: Fault], _ transaction: any Transaction) throws {
    let (source, now) = (pipe.arn(pump.partition), context.clock.now())
    for request in requests {
      let cause = request.positions.count == 1 && pipe.enrichment == nil ? execution.batch[request.positions[0]].id : nil
      let earlier = execution.batch.first { $0.id == cause }?.attempt ?? execution.batch.map(\.attempt).max() ?? 1
      let attempt = TargetAttempt(
        source: source, target: pipe.target, id: request.id, cause: cause, text: request.text, earlier: earlier - 1, first: now,
        policy: RetryPolicy(), deadLetter: nil, attributes: [:])
      let fault = request.positions.compactMap { failed[$0] }.first
      try DeliveryLog.append(
        attempt.record(fault == nil ? .delivered : .retrying, at: now, fault: fault), of: source, in: pump.partition, transaction)
    }
  }

  /// What an answer that is no fault says of failures.
  private func judge(_ answer: JSONValue, _ request: Request, _ failed: inout [Int: Fault]) {
    if let count = answer["FailedEntryCount"]?.int, count > 0 {
      let entry = answer["Entries"]?[0]
      let fault = Fault(entry?["ErrorCode"]?.string ?? "InternalFailure", entry?["ErrorMessage"]?.string ?? "The event was refused.")
      for position in request.positions { failed[position] = fault }
      return
    }
    guard TargetRequest.takesLists(pipe) else { return }
    if request.call.operation == "StartSyncExecution", let fault = Enrichment.failure(of: answer) {
      for position in request.positions { failed[position] = fault }
      return
    }
    let ids = events.enumerated().map { $0.element.value["messageId"]?.string ?? $0.element.value["id"]?.string }
    guard let reported = BatchItemFailures(Enrichment.body(of: answer), known: Set(ids.compactMap { $0 })) else { return }
    let fault = Fault("BatchItemFailures", "The target reported the event as failed.", status: 424)
    for position in request.positions where reported.isEverything || ids[position].map({ reported.ids.contains($0) }) ?? false {
      failed[position] = fault
    }
  }

  /// Failures of events as failures of the records they were made of: the same without an enrichment, else by their message ids.
  private func byRecord(_ failed: [Int: Fault]) -> [String: Fault] {
    var failures: [String: Fault] = [:]
    let known = Set(execution.batch.map(\.id))
    for (position, fault) in failed.sorted(by: { $0.key < $1.key }) {
      if pipe.enrichment == nil, position < execution.batch.count {
        failures[execution.batch[position].id] = failures[execution.batch[position].id] ?? fault
      } else if let id = events[position].value["messageId"]?.string, known.contains(id) {
        failures[id] = failures[id] ?? fault
      } else {
        // Nothing says which record it was: all of them come again.
        for id in known { failures[id] = failures[id] ?? fault }
      }
    }
    return failures
  }
}

/// What a target that took a list says of those it did not take.
///
/// Source: EventBridge User Guide, "Amazon Simple Queue Service as a source", success and failure conditions.
struct BatchItemFailures: Equatable {
  var ids: Set<String>
  /// The whole batch failed, because the report makes no sense.
  var isEverything: Bool

  /// Nil when nothing failed.
  init?(_ text: String, known: Set<String>) {
    guard let list = (try? JSONValue(parsing: text))?["batchItemFailures"], !list.isNull else { return nil }
    guard let items = list.array else {
      (ids, isEverything) = ([], true)
      return
    }
    if items.isEmpty { return nil }
    let named = items.map { $0["itemIdentifier"]?.string ?? "" }
    ids = Set(named)
    isEverything = named.contains { $0.isEmpty || !known.contains($0) }
  }
}
