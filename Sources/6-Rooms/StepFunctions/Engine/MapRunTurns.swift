import ServiceKit
import StatesLanguage
import Store
import Time

/// Which map runs are under way where a quota bounds them: the others wait after their `MapRunStarted` until one ends.
///
/// Source: Step Functions Developer Guide, "Quotas related to state machine executions", "Maximum number of open Map Runs".
extension Call where Home == StepFunctions {
  /// Stores a run that begins or begins again. Its children are started at once, or when it has its turn.
  func admit(_ run: inout MapRun) throws {
    let isFull = room.quotas.map { room.openMapRuns.count(partition) >= $0.mapRuns } ?? false
    run.isWaiting = isFull ? true : nil
    try put(run)
    if isFull { return }
    count(1)
    try schedule(run.id, for: FeedMapRun.queue, key: run.id)
  }

  /// A run ends: the one that has waited longest has its turn.
  func leave(_ run: inout MapRun) throws {
    if run.isWaiting == true {
      run.isWaiting = nil
      return
    }
    if try !admitNext() { count(-1) }
  }

  /// False when no run waits.
  func admitNext() throws -> Bool {
    let page = try transaction.page(MapRun.self, in: partition, CatalogQuery(.index("waiting", from: "", to: "\u{7F}"), limit: 1))
    guard var next = page.items.first else { return false }
    next.isWaiting = nil
    try put(next)
    try schedule(next.id, for: FeedMapRun.queue, key: next.id)
    return true
  }

  private func count(_ change: Int) {
    guard room.quotas != nil else { return }
    let (room, partition) = (room, partition)
    transaction.afterCommit {
      room.openMapRuns.add(change, partition)
      room.count(of: "OpenMapRun", room.openMapRuns, most: room.quotas?.mapRuns, partition)
    }
  }
}

extension StepFunctions {
  /// Gives their turn to runs that waited while a quota held, for a server that is started without.
  func admitWaiting() async throws {
    let (room, now) = (self, context.clock.now())
    let waiting = try await context.store.read { transaction in
      try transaction.partitions(holding: MapRun.kind).filter { partition in
        let page = try transaction.page(MapRun.self, in: partition, CatalogQuery(.index("waiting", from: "", to: "\u{7F}"), limit: 1))
        return !page.items.isEmpty
      }
    }
    for partition in waiting {
      let context = CallContext(
        caller: .service(Self.identity.principal, in: partition), requestID: context.identifiers.uuid(), now: now,
        invokedBy: Self.identity.principal)
      try await self.context.store.write { transaction in
        let call = Call(room: room, context: context, transaction: transaction)
        while try call.admitNext() {}
      }
    }
  }
}
