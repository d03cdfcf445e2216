/// What GetQueryResults tells beside the rows.
public struct QueryStatistics: Sendable, Equatable {
  public var recordsMatched = 0.0
  public var recordsScanned = 0.0
  public var bytesScanned = 0.0
}

/// One thread's part of a query: takes events, keeps partial results, merges.
///
/// Unchecked Sendable because it is handed from the thread that fills it to the one that merges it; never used by two at once.
public final class Scan: @unchecked Sendable {
  public let plan: Plan
  @exclusivity(unchecked) public private(set) var statistics = QueryStatistics()
  private let frame: Frame
  private let sink: Sink
  private let operations: RowOperations
  private static let escape = Text(keeping: Array("\\u".utf8))

  /// - Parameter scans: how many the query has; they share its memory.
  public init(_ plan: Plan, of scans: Int = 1) {
    self.plan = plan
    let stage = plan.stages[0]
    frame = Frame(slots: stage.slots, extractor: plan.extractor, regexes: plan.regexes)
    sink = stage.makeSink(plan, plan.limits.shared(by: scans))
    operations = stage.operations
  }

  /// Events at or before that time, in milliseconds, need not be given any more; nil when all must be.
  public var cutoff: Int64? { sink.cutoff }

  /// Takes one event; its bytes need live only during the call.
  public func add(
    message: UnsafeBufferPointer<UInt8>, timestamp: Int64, ingestionTime: Int64, origin: LogOrigin, location: UInt64
  ) throws(QueryLimitError) {
    statistics.recordsScanned += 1
    statistics.bytesScanned += Double(message.count)
    frame.columns = []
    frame.weight = 1
    frame.message = message.baseAddress.map { Text($0, message.count) } ?? .empty
    frame.origin = origin
    take(timestamp, ingestionTime, location)
    if let failure = sink.failure { throw failure }
  }

  @inline(__always)
  private func take(_ timestamp: Int64, _ ingestionTime: Int64, _ location: UInt64) {
    frame.begin()
    frame.timestamp = timestamp
    frame.ingestionTime = ingestionTime
    frame.location = location
    if operations.run(frame, to: sink) > 0 { statistics.recordsMatched += frame.weight }
  }

  /// Takes the events of that range of a batch, or all.
  public func add(_ batch: EventBatch, _ range: Range<Int>? = nil) throws(QueryLimitError) {
    let range = range ?? 0..<batch.starts.count
    guard !range.isEmpty else { return }
    let base = batch.bytes.baseAddress ?? Text.empty.start
    frame.columns = batch.fieldColumns
    // With all fields as columns the bytes of messages tell nothing.
    let hasMessages = plan.needs.message || batch.fieldColumns.count < plan.needs.json.count
    frame.weight = 1
    if let weights = batch.weights {
      for event in range { statistics.recordsScanned += Double(weights[event]) }
    } else {
      statistics.recordsScanned += Double(range.count)
    }
    var bytes = batch.messageBytes ?? 0
    if batch.messageBytes == nil { for event in range { bytes &+= Int(batch.ends[event] &- batch.starts[event]) } }
    statistics.bytesScanned += Double(bytes)
    let text = Text(base, min(batch.bytes.count, Int(batch.ends[range.upperBound - 1])))
    if let sink = sink as? AggregateSink, operations.list.isEmpty, batch.weights == nil, sink.countsRuns {
      frame.begin()
      sink.count(batch.timestamps, range, frame)
      statistics.recordsMatched += Double(range.count)
    } else if hasMessages, let anchor = plan.anchor,
      !plan.anchorMayHide || text.find(Self.escape, from: Int(batch.starts[range.lowerBound])) == nil
    {
      leap(batch, range, text, anchor)
    } else {
      for event in range {
        take(batch, event, base)
        if sink.failure != nil { break }
      }
    }
    if let failure = sink.failure { throw failure }
  }

  /// Goes from one event with the anchor to the next.
  private func leap(_ batch: EventBatch, _ range: Range<Int>, _ text: Text, _ anchor: Text) {
    var event = range.lowerBound
    var position = Int(batch.starts[event])
    while let found = text.find(anchor, from: position) {
      event = Self.event(at: found, batch, event, range.upperBound)
      guard event < range.upperBound else { return }
      let start = Int(batch.starts[event])
      if found < start {
        // Between two messages.
        position = start
        continue
      }
      // An event that the hit runs out of has another chance before its end only.
      take(batch, event, text.start)
      if sink.failure != nil { return }
      event += 1
      guard event < range.upperBound else { return }
      position = Int(batch.starts[event])
    }
  }

  /// The first event from `first` on that ends behind the place: doubling steps, then halving.
  private static func event(at place: Int, _ batch: EventBatch, _ first: Int, _ end: Int) -> Int {
    var low = first
    var step = 1
    while low + step < end, Int(batch.ends[low + step - 1]) <= place {
      low += step
      step *= 2
    }
    var high = min(low + step, end)
    while low < high {
      let middle = (low + high) / 2
      if Int(batch.ends[middle]) <= place { low = middle + 1 } else { high = middle }
    }
    return low
  }

  @inline(__always)
  private func take(_ batch: EventBatch, _ event: Int, _ base: UnsafePointer<UInt8>) {
    let start = Int(batch.starts[event])
    frame.message = Text(base + start, Int(batch.ends[event]) - start)
    if plan.needsOrigin { frame.origin = batch.origins[batch.originNumbers.map { Int($0[event]) } ?? 0] }
    frame.event = event
    if let weights = batch.weights { frame.weight = Double(weights[event]) }
    let time = batch.timestamps[event]
    take(time, batch.ingestionTimes?[event] ?? time, batch.locations?[event] ?? batch.firstLocation &+ UInt64(event))
  }

  /// Takes a message that stands for so many of the same pattern; only for plans that are `isPatternCount`.
  public func add(pattern message: UnsafeBufferPointer<UInt8>, timestamp: Int64, count: Int, bytes: Int) throws(QueryLimitError) {
    statistics.recordsScanned += Double(count)
    statistics.recordsMatched += Double(count)
    statistics.bytesScanned += Double(bytes)
    guard let sink = sink as? PatternSink else { return }
    sink.add(message.baseAddress.map { Text($0, message.count) } ?? .empty, timestamp: timestamp, count: count)
    if let failure = sink.failure { throw failure }
  }

  /// Takes over what another scan of the same plan has found.
  public func merge(_ other: Scan) throws(QueryLimitError) {
    precondition(other.plan === plan, "scans of different plans")
    sink.merge(other.sink)
    statistics.recordsMatched += other.statistics.recordsMatched
    statistics.recordsScanned += other.statistics.recordsScanned
    statistics.bytesScanned += other.statistics.bytesScanned
    if let failure = sink.failure { throw failure }
  }

  /// The rows so far, after all further stages.
  public func results() throws(QueryLimitError) -> QueryResults {
    var rows = sink.rows()
    var failure: QueryLimitError?
    for (before, stage) in zip(plan.stages, plan.stages.dropFirst()) {
      let frame = Frame(slots: stage.slots, extractor: nil, regexes: plan.regexes)
      let next = stage.makeSink(plan, plan.limits)
      let columns = before.columns.count
      rows.forEach { start, entry in
        frame.begin()
        var place = start
        for slot in 0..<columns { frame.slots[slot] = ValueCoder.read(&place) }
        frame.timestamp = entry.time
        frame.location = entry.location
        _ = stage.operations.run(frame, to: next)
      }
      failure = failure ?? next.failure
      rows = next.rows()
    }
    if let failure { throw failure }
    return QueryResults(rows, plan, statistics)
  }
}
