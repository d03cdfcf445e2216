import JSON
import ServiceKit
import Store
import Time

extension EventBridge: EventRouter {
  package func route(_ event: Event, in partition: Partition, _ transaction: any Transaction) throws {
    let routed = Routed(event: event, hops: 0, ingested: context.clock.now())
    try route(routed, bus: EventBus.standard, in: partition, transaction, isOfService: true)
  }

  /// Makes a delivery due for every target of every rule that matches.
  ///
  /// - Parameters:
  ///   - only: the keys of the only rules that see the event, where a replay names some.
  ///   - isOfService: whether the event is a service's own; the bus's log tells of it only when it matches a rule.
  func route(
    _ routed: Routed, bus: String, in partition: Partition, _ transaction: any Transaction, only: Set<String>? = nil,
    isOfService: Bool = false
  ) throws {
    let log = logs.log(bus, in: partition)
    var matches: [BusRecord] = []
    var (triggered, created) = (0, 0)
    for key in try self.matches(routed.event.json.bytes, bus: bus, in: partition) {
      if let only, !only.contains(key) { continue }
      guard let rule = try transaction.get(Rule.self, key, in: partition), rule.isEnabled else { continue }
      let invocations = try dispatch(routed, to: rule, in: partition, transaction)
      let dimensions = Self.dimensions(bus: bus, rule: rule.name)
      (triggered, created) = (triggered + 1, created + invocations.count)
      transaction.afterCommit { [counters = context.counters] in
        counters.add("AWS/Events", "MatchedEvents", dimensions, in: partition)
        counters.add("AWS/Events", "TriggeredRules", dimensions, in: partition)
      }
      if log != nil, rule.archiveName == nil {
        matches.append(
          BusRecord(match: rule.arn(partition), rule.targets, invocations: invocations, routed, at: context.clock.now()))
      }
    }
    if triggered > 0 { count(triggered, created, bus: bus, in: partition, transaction) }
    guard let log, !isOfService || !matches.isEmpty else { return }
    tell(log, routed, matches, in: partition, transaction)
  }

  /// What is counted of an event that matched, besides its rules. Source: EventBridge User Guide, "Monitoring Amazon EventBridge".
  private func count(_ triggered: Int, _ created: Int, bus: String, in partition: Partition, _ transaction: any Transaction) {
    transaction.afterCommit { [counters = context.counters] in
      counters.add("AWS/Events", "MatchedEvents", ["EventBusName": bus], in: partition)
      counters.add("AWS/Events", "TriggeredRules", [:], Double(triggered), in: partition)
      if created > 0 { counters.add("AWS/Events", "InvocationsCreated", [:], Double(created), in: partition) }
    }
  }

  /// Writes into the bus's log how the event came in and what it matched, once it is on disk.
  private func tell(_ log: BusLog, _ routed: Routed, _ matches: [BusRecord], in partition: Partition, _ transaction: any Transaction) {
    let now = context.clock.now()
    transaction.afterCommit { [logs] in
      let steps: [BusStep] = [.receipt, .ingestSuccess, .matchStart]
      var records = steps.filter { log.wants($0) }.map { BusRecord($0, routed, at: now) }
      records += matches
      if matches.isEmpty { records.append(BusRecord(.noMatch, routed, at: now)) }
      logs.append(records, to: log, in: partition)
    }
  }

  /// Makes a delivery due for every target of the rule.
  ///
  /// - Returns: the deliveries' ids, one for each target; none for an archive's rule.
  @discardableResult
  func dispatch(_ routed: Routed, to rule: Rule, in partition: Partition, _ transaction: any Transaction) throws -> [String] {
    if rule.archiveName != nil {
      try keep(routed, of: rule, in: partition, transaction)
      return []
    }
    var ids: [String] = []
    for target in rule.targets {
      let dispatch = Dispatch(
        rule: rule.key, target: target, routed: routed, id: "\(routed.event.id)_\(context.identifiers.uuid())", attempt: 0,
        first: context.clock.now())
      try transaction.schedule(
        AgendaEntry(
          queue: AgendaEntry.lane(target.arn, of: DeliverEvent.queue), partition: partition, due: context.clock.now(),
          payload: try JSONValue(encoding: dispatch).bytes))
      ids.append(dispatch.id)
    }
    return ids
  }
}
