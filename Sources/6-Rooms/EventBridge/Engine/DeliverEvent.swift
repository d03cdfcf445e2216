import JSON
import ServiceKit
import Store
import Time

/// Hands one event to one target, again and again by its retry policy, then to the dead-letter queue.
///
/// Every target has a lane of its own, so that a slow one delays no other.
struct DeliverEvent: Worker {
  static let queue = "events.deliver"
  static let concurrency = 1_024
  static let laneConcurrency = 64
  /// Events do not travel over more buses than this, so that buses that point at each other end.
  private static let mostHops = 5
  private static let loop = "INFINITE_LOOP"

  static func run(_ task: AgendaTask, _ work: Work<EventBridge>) async throws {
    let dispatch = try work.payload(Dispatch.self)
    let parts = dispatch.rule.split(separator: "/", maxSplits: 1).map(String.init)
    let (bus, name) = (parts.first ?? "", parts.last ?? "")
    let rule = ARN(
      service: "events", region: work.partition.region, account: work.partition.account,
      resource: bus == EventBus.standard ? "rule/\(name)" : "rule/\(bus)/\(name)")
    guard let target = ARN(dispatch.target.arn) else { return }
    let input = TargetInput(dispatch.target, dispatch.routed, rule: rule, ruleName: name)
    let attempt = TargetAttempt(
      source: rule, target: dispatch.target.arn, id: dispatch.id, cause: dispatch.routed.event.id, text: input.text,
      earlier: dispatch.attempt, first: dispatch.first,
      policy: RetryPolicy(
        attempts: dispatch.target.retryPolicy?.maximumRetryAttempts, ageInSeconds: dispatch.target.retryPolicy?.maximumEventAgeInSeconds),
      deadLetter: dispatch.target.deadLetterConfig?.arn,
      attributes: ["RULE_ARN": rule.description, "TARGET_ARN": dispatch.target.arn], trace: dispatch.routed.trace)
    var again = dispatch
    again.attempt += 1
    let began = work.now
    let steps = DeliverySteps(dispatch, bus: bus, rule: rule, input: input.text, work.room, in: work.partition)
    steps?.begin(at: began)
    let record: DeliveryRecord
    if target.service == "events", target.resourceType == "event-bus" {
      record = try await work.attempt(
        attempt, again: again, ended: { try settled(dispatch, $1, $0) }, within: { try pass(dispatch, to: target, $0) })
    } else {
      let delivery = Delivery(
        target: target, payload: input.payload, text: input.text, parameters: dispatch.target.parameters(for: dispatch.routed.event),
        id: dispatch.id, trace: dispatch.routed.trace)
      record = try await work.attempt(attempt, again: again, ended: { try settled(dispatch, $1, $0) }) {
        let call = try work.room.context.invoker.resolve(delivery, in: work.partition)
        return TargetAttempt.Destination(
          service: call.service, operation: call.operation, input: call.input,
          context: work.context(role: dispatch.target.roleArn, session: String(dispatch.routed.event.id.filter { $0 != "-" })))
      }
    }
    steps?.end(record, began: began, at: work.now)
    if record.isPostponed { return }
    count(record, dispatch, bus: bus, rule: name, began: began, work)
  }

  /// Tells the run ledger what became of a scheduled rule's event.
  private static func settled(_ dispatch: Dispatch, _ record: DeliveryRecord, _ call: Call<EventBridge>) throws {
    let target = ScheduledRun.Target(record, id: dispatch.target.id)
    try RunLedger.settled(dispatch.routed.run, target, in: call.partition, call.transaction)
  }

  /// Passes the event on to another bus, whole and unchanged but for the way it came.
  private static func pass(_ dispatch: Dispatch, to target: ARN, _ call: Call<EventBridge>) throws {
    guard dispatch.routed.hops < mostHops else {
      throw Fault(loop, "The event has passed \(mostHops) buses; it is not passed on to \(target.resourceName).")
    }
    let partition = Partition(account: target.account, region: target.region)
    let principal = dispatch.target.roleArn ?? "arn:aws:iam::\(call.partition.account):root"
    switch try call.room.admit(dispatch.routed.event, to: target, by: principal, of: call.partition.account, call.transaction) {
    case .taken: break
    case .noBus: throw Fault.busNotFound(target.resourceName)
    case .refused(let fault): throw fault
    }
    var routed = dispatch.routed
    routed.hops += 1
    // The run is this rule's; what other buses make of the event is none of it.
    routed.run = nil
    try call.room.route(routed, bus: target.resourceName, in: partition, call.transaction)
  }

  /// Source: EventBridge User Guide, "Monitoring Amazon EventBridge", EventBridge metrics.
  private static func count(
    _ record: DeliveryRecord, _ dispatch: Dispatch, bus: String, rule: String, began: Timestamp, _ work: Work<EventBridge>
  ) {
    let (counters, partition, ingested) = (work.room.context.counters, work.partition, dispatch.routed.ingested)
    let dimensions = EventBridge.dimensions(bus: bus, rule: rule)
    func add(_ name: String, _ value: Double = 1, unit: String = "Count", inAll: Bool = true) {
      counters.add("AWS/Events", name, dimensions, value, unit: unit, in: partition)
      if inAll { counters.add("AWS/Events", name, [:], value, unit: unit, in: partition) }
    }
    // Neither an invocation nor one that failed. Source: as above, DeadLetterInvocations.
    if record.errorCode == loop { return add("DeadLetterInvocations", inAll: false) }
    add("InvocationAttempts")
    if record.attempt == 1 {
      add("IngestionToInvocationStartLatency", (began - ingested).secondsAsDouble * 1_000, unit: "Milliseconds")
    } else {
      add("RetryInvocationAttempts")
    }
    guard record.outcome != .retrying else { return }
    add("Invocations")
    let took = (work.now - ingested).secondsAsDouble * 1_000
    add("IngestionToInvocationCompleteLatency", took, unit: "Milliseconds")
    if record.outcome == .delivered {
      add("SuccessfulInvocationAttempts")
      add("IngestionToInvocationSuccessLatency", took, unit: "Milliseconds")
      return
    }
    add("FailedInvocations", inAll: false)
    if record.outcome == .deadLettered { add("InvocationsSentToDlq", inAll: false) }
    if record.outcome == .dropped, dispatch.target.deadLetterConfig?.arn != nil { add("InvocationsFailedToBeSentToDlq", inAll: false) }
  }
}

extension EventBridge {
  /// What metrics of a rule are filed under: rules of the default bus by their name alone.
  static func dimensions(bus: String, rule: String) -> [String: String] {
    bus == EventBus.standard ? ["RuleName": rule] : ["EventBusName": bus, "RuleName": rule]
  }
}
