import ServiceKit
import StatesLanguage
import Store

/// How an ended map run goes on: its children that did not succeed run again, Standard ones from the states they ended in, Express ones
/// from their start.
///
/// Source: Step Functions Developer Guide, "Redriving Map Runs in Step Functions executions".
extension Call where Home == StepFunctions {
  /// Takes up the map run of an execution again; what still runs of before is stopped first. Throws ExecutionNotRedrivable when it has
  /// been redriven as often as may be.
  func redrive(mapRun id: Int, _ execution: Execution) throws -> [ExecutionEvent] {
    let page = try transaction.page(MapRun.self, in: partition, index: "task", equals: "\(execution.key)#\(id)", limit: 1)
    guard var run = page.items.first, run.progress.status == .failed || run.progress.status == .aborted else {
      return [.mapRunGone(id: id)]
    }
    let count = (run.redriveCount ?? 0) + 1
    if let most = room.quotas?.mapRunRedrives, count > most {
      throw Fault.notRedrivable("The Map Run \(run.arn(partition)) has been redriven \(most) times")
    }
    run.isStopping = try children(of: run, "RUNNING", limit: 1).items.isEmpty ? nil : true
    let fresh = run.children - run.next
    // Of Express children that run, none is known by its number.
    let known = run.isExpress ? run.progress.items.aborted : run.itemCounts?[run.next...].reduce(0, +)
    run.progress.redrive(fresh: fresh, items: run.itemCounts == nil ? fresh : known ?? fresh)
    (run.redriveCount, run.redriven, run.stopped) = (count, now, nil)
    run.resultsBefore = try transaction.lastSequence(of: run.results(partition))
    let redriven = ExecutionEvent.mapRunRedriven(id: id, arn: run.arn(partition), count: count)
    guard run.progress.status == .running else {
      run.stopped = now
      try put(run)
      return [redriven, .mapRunSucceeded(id: id, output: try output(of: run))]
    }
    try admit(&run)
    return [redriven]
  }

  func children(
    of run: MapRun, _ status: String, after: CatalogCursor? = nil, limit: Int
  ) throws -> Page<Execution> {
    let prefix = "\(run.id)/\(status)/"
    return try transaction.page(
      Execution.self, in: partition,
      CatalogQuery(.index("mapRunStatus", from: prefix, to: prefix + "\u{7F}"), after: after, limit: limit))
  }

  /// Hands children that did not succeed before the redrive over to begin again. Answers how many.
  func beginAgain(_ run: inout MapRun, most: Int) throws -> Int {
    guard let attempt = run.redriveCount, run.progress.executions.pendingRedrive > 0, most > 0 else { return 0 }
    var begun = 0
    for status in ["FAILED", "TIMED_OUT", "ABORTED"] {
      var after: CatalogCursor?
      repeat {
        let page = try children(of: run, status, after: after, limit: FeedMapRun.atOnce)
        for var child in page.items where child.attempt != attempt && begun < most {
          child.attempt = attempt
          try put(child)
          try schedule(PendingEvent(redrive: child.key), for: DeliverToExecution.queue)
          run.progress.start(items: child.itemCount ?? 1)
          begun += 1
        }
        after = page.next
      } while after != nil && begun < most
    }
    return begun
  }

  /// Begins a child again, unless its run has ended or gone on meanwhile; one that can not be redriven counts as failed.
  func redrive(child key: String) throws {
    guard let child = try get(Execution.self, key), let id = child.mapRun, !child.isRunning, var run = try get(MapRun.self, id),
      run.progress.status == .running, let attempt = run.redriveCount, child.attempt == attempt
    else { return }
    do {
      try redrive(child, attempt: attempt)
    } catch let fault as Fault where fault.code == "ExecutionNotRedrivable" {
      run.progress.refuse(items: child.itemCount ?? 1)
      try settled(&run)
    }
  }
}
