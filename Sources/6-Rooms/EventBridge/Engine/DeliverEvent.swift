import JSON
import Logging
import ServiceKit
import Store
import Time

/// Hands one event to one target, again and again by its retry policy, then to the dead-letter queue.
struct DeliverEvent: Worker {
  static let queue = "events.deliver"
  static let concurrency = 512
  /// Events do not travel over more buses than this, so that buses that point at each other end.
  private static let mostHops = 5

  static func run(_ task: AgendaTask, _ work: Work<EventBridge>) async throws {
    let dispatch = try work.payload(Dispatch.self)
    let parts = dispatch.rule.split(separator: "/", maxSplits: 1).map(String.init)
    let (bus, name) = (parts.first ?? "", parts.last ?? "")
    let rule = ARN(
      service: "events", region: work.partition.region, account: work.partition.account,
      resource: bus == EventBus.standard ? "rule/\(name)" : "rule/\(bus)/\(name)")
    guard let target = ARN(dispatch.target.arn) else { return }
    let input = TargetInput(dispatch.target, dispatch.routed, rule: rule, ruleName: name)
    do {
      if target.service == "events", target.resourceType == "event-bus" {
        return try await pass(dispatch, to: target, work)
      }
      let delivery = Delivery(
        target: target, payload: input.payload, text: input.text, parameters: dispatch.target.parameters, id: dispatch.id)
      try await deliver(delivery, dispatch, work)
    } catch let fault as Fault {
      try await failed(fault, dispatch, rule, input, work)
    }
  }

  private static func deliver(_ delivery: Delivery, _ dispatch: Dispatch, _ work: Work<EventBridge>) async throws {
    let invoker = work.room.context.invoker
    let call = try invoker.resolve(delivery)
    let context = work.context(role: dispatch.target.roleArn, session: String(dispatch.routed.event.id.filter { $0 != "-" }))
    guard try invoker.isTransactional(call.service, call.operation) else {
      _ = try await invoker.call(call.service, call.operation, call.input, context)
      return
    }
    // Delivered and done with in one commit: never lost, never twice.
    let refusal = try await work.settle({ inner in
      do throws(Fault) {
        _ = try invoker.call(call.service, call.operation, call.input, context, in: inner.transaction)
        return nil
      } catch { return error }
    })
    if let refusal { throw refusal }
  }

  /// Passes the event on to another bus, whole and unchanged but for the way it came.
  private static func pass(_ dispatch: Dispatch, to target: ARN, _ work: Work<EventBridge>) async throws {
    guard dispatch.routed.hops < mostHops else {
      throw Fault.validation("The event has passed \(mostHops) buses; it is not passed on to \(target.resourceName).")
    }
    let partition = Partition(account: target.account, region: target.region)
    try await work.finish { call in
      guard try target.resourceName == EventBus.standard || call.transaction.get(EventBus.self, target.resourceName, in: partition) != nil
      else { throw Fault.busNotFound(target.resourceName) }
      var routed = dispatch.routed
      routed.hops += 1
      try call.room.route(routed, bus: target.resourceName, in: partition, call.transaction)
    }
  }

  private static func failed(
    _ fault: Fault, _ dispatch: Dispatch, _ rule: ARN, _ input: TargetInput, _ work: Work<EventBridge>
  ) async throws {
    let policy = RetryPolicy(
      attempts: dispatch.target.retryPolicy?.maximumRetryAttempts, ageInSeconds: dispatch.target.retryPolicy?.maximumEventAgeInSeconds)
    let now = work.now
    var again = dispatch
    again.attempt += 1
    switch policy.verdict(fault, failures: again.attempt, first: dispatch.first, now: now, id: dispatch.id) {
    case .again(let due): try await work.release(until: due, payload: again)
    case .exhausted(let condition):
      work.room.context.log.error(
        "event not delivered",
        metadata: ["rule": "\(rule)", "target": "\(dispatch.target.arn)", "attempts": "\(again.attempt)", "fault": "\(fault)"])
      guard let queue = dispatch.target.deadLetterConfig?.arn else { return }
      try await DeadLetter.send(
        input.text,
        attributes: [
          "RULE_ARN": rule.description, "TARGET_ARN": dispatch.target.arn, "ERROR_CODE": fault.code, "ERROR_MESSAGE": fault.message,
          "EXHAUSTED_RETRY_CONDITION": condition ?? "", "RETRY_ATTEMPTS": "\(again.attempt - 1)",
        ], to: queue, work.room.context.invoker, work.context())
    }
  }
}
