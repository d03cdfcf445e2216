import JSON
import ServiceKit
import Store
import Time

extension EventBridge {
  /// Puts the event into the archive whose rule it matched, with the transaction that puts the event on the bus.
  func keep(_ routed: Routed, of rule: Rule, in partition: Partition, _ transaction: any Transaction) throws {
    guard routed.event.replayName == nil, let name = rule.archiveName, let archive = try transaction.get(Archive.self, name, in: partition)
    else { return }
    let now = context.clock.now()
    let kept = ArchivedEvent(archive: archive.id, event: routed.event, ingested: now, size: routed.event.json.bytes.count)
    try transaction.put(kept, in: partition)
    var size = try transaction.get(ArchiveSize.self, archive.id, in: partition) ?? ArchiveSize(key: archive.id, events: 0, bytes: 0)
    if size.events == 0, let expiry = archive.expiry(of: now) {
      try transaction.schedule(
        SweepArchive.entry(archive.id, SweepArchive.Sweep(archive: archive.name, id: archive.id), at: expiry, in: partition))
    }
    size.events += 1
    size.bytes += Int64(kept.size)
    try transaction.put(size, in: partition)
  }
}

extension Rule {
  /// The archive that the rule serves, or nil.
  var archiveName: String? {
    guard managedBy == Archive.manager, name.hasPrefix(Archive.ruleName("")) else { return nil }
    return String(name.dropFirst(Archive.ruleName("").count))
  }

  /// The rule that sends a bus's events to the archive, as AWS makes it.
  init(of archive: Archive, in partition: Partition, existing: Rule?, now: Timestamp) {
    let template =
      #"{"archive-arn": "\#(archive.arn(partition)):\#(archive.id)", "event": <aws.events.event.json>, "#
      + #""ingestion-time": <aws.events.event.ingestion-time>}"#
    let target = Target(
      id: archive.ruleName, arn: "arn:aws:events:\(partition.region):::",
      inputTransformer: Target.InputTransformer(inputPathsMap: [:], inputTemplate: template))
    self.init(
      name: archive.ruleName, eventBusName: archive.bus, eventPattern: archive.rulePattern, state: "ENABLED",
      managedBy: Archive.manager, createdBy: partition.account, targets: [target], tags: existing?.tags ?? [:], anchor: now)
  }
}
