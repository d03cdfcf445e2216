/// Keeps rows: the first so many of an order, without duplicates when asked.
///
/// Rows are kept in one buffer, unordered; when there are twice as many as wanted they are sorted and the rest is dropped, and from
/// then on a row must be better than the worst kept one.
final class RowSink: Sink {
  struct Key {
    var node: Node
    var descending: Bool
  }

  struct Plan {
    /// Sorted by these; then, and without any, by time from the newest.
    var keys: [Key]
    /// At most one row for each combination of these; with one missing all are kept.
    var distinct: [Node]
    var columns: [Node]
    var limit: Int
    /// Rows of a former stage stay in their order.
    var keepsOrder: Bool
    /// Sorted by `@timestamp` alone, from the newest.
    var isNewestFirst: Bool
  }

  private let plan: Plan
  private let memory: Int
  @exclusivity(unchecked) private var set = RowSet()
  @exclusivity(unchecked) private var sequence: UInt64 = 0
  /// The last row kept when `limit` were there.
  @exclusivity(unchecked) private var worst: RowSet.Entry?
  @exclusivity(unchecked) private var isSorted = true

  init(_ plan: Plan, memory: Int) {
    self.plan = plan
    self.memory = memory
  }

  override var cutoff: Int64? { plan.isNewestFirst ? worst?.time : nil }

  override func add(_ frame: Frame) {
    if plan.isNewestFirst, let worst, frame.timestamp < worst.time { return }
    sequence += 1
    let offset = set.bytes.count
    for key in plan.keys { ValueCoder.append(key.node.value(frame), to: &set.bytes) }
    let entry = RowSet.Entry(offset: offset, length: 0, time: frame.timestamp, location: frame.location, sequence: sequence)
    if let worst, !isBefore(entry, worst) {
      set.bytes.removeLast(set.bytes.count - offset)
      return
    }
    for node in plan.distinct { ValueCoder.append(node.value(frame), to: &set.bytes) }
    for column in plan.columns { ValueCoder.append(column.value(frame), to: &set.bytes) }
    set.entries.append(entry)
    set.entries[set.entries.count - 1].length = set.bytes.count - offset
    isSorted = false
    // Once early, for then old events can be passed over.
    let isFirst = worst == nil && plan.isNewestFirst && plan.distinct.isEmpty && set.entries.count >= plan.limit
    if isFirst || set.entries.count >= plan.limit * 2 + 50 || set.bytes.count > memory { prune() }
  }

  private func prune() {
    order()
    if set.bytes.count > memory / 2 {
      failure = QueryLimitError("The rows of the query need more than \(memory >> 20) MB: use a lower limit, fewer fields or stats")
    }
  }

  /// Sorts, drops duplicates and what is beyond the limit, and closes the gaps.
  private func order() {
    guard !isSorted else { return }
    isSorted = true
    let all = set
    var entries = all.entries
    all.bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      entries.sort { isBefore($0, $1, base) }
      if !plan.distinct.isEmpty { dropDuplicates(&entries, base) }
      if entries.count > plan.limit { entries.removeLast(entries.count - plan.limit) }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(entries.reduce(0) { $0 + $1.length } * 2)
      for place in entries.indices {
        let start = bytes.count
        bytes.append(contentsOf: UnsafeBufferPointer(start: base + entries[place].offset, count: entries[place].length))
        entries[place].offset = start
      }
      set = RowSet(bytes: bytes, entries: entries)
    }
    worst = entries.count == plan.limit ? set.entries.last : nil
  }

  private func dropDuplicates(_ entries: inout [RowSet.Entry], _ base: UnsafePointer<UInt8>) {
    var seen: Set<[UInt8]> = []
    entries.removeAll { entry in
      var place = base + entry.offset
      for _ in plan.keys { _ = ValueCoder.read(&place) }
      let start = place
      var isMissing = false
      for _ in plan.distinct where ValueCoder.read(&place).isMissing { isMissing = true }
      return !isMissing && !seen.insert(Array(UnsafeBufferPointer(start: start, count: place - start))).inserted
    }
  }

  private func isBefore(_ left: RowSet.Entry, _ right: RowSet.Entry) -> Bool {
    set.bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return left.time > right.time }
      return isBefore(left, right, base)
    }
  }

  private func isBefore(_ left: RowSet.Entry, _ right: RowSet.Entry, _ base: UnsafePointer<UInt8>) -> Bool {
    if !plan.isNewestFirst {
      var a = base + left.offset
      var b = base + right.offset
      for key in plan.keys {
        let order = Order.compare(ValueCoder.read(&a), ValueCoder.read(&b))
        if order != 0 { return key.descending ? order > 0 : order < 0 }
      }
      if plan.keepsOrder { return left.sequence < right.sequence }
    }
    if left.time != right.time { return left.time > right.time }
    return left.location > right.location
  }

  override func merge(_ other: Sink) {
    guard let other = other as? RowSink else { return }
    if let failure = other.failure { self.failure = failure }
    other.order()
    let shift = set.bytes.count
    set.bytes += other.set.bytes
    for var entry in other.set.entries {
      entry.offset += shift
      set.entries.append(entry)
    }
    isSorted = false
    prune()
  }

  /// The rows in order, without what they were sorted by.
  override func rows() -> RowSet {
    order()
    var entries = set.entries
    set.bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      for place in entries.indices {
        var start = base + entries[place].offset
        for _ in 0..<(plan.keys.count + plan.distinct.count) { _ = ValueCoder.read(&start) }
        let offset = start - base
        entries[place].length -= offset - entries[place].offset
        entries[place].offset = offset
      }
    }
    return RowSet(bytes: set.bytes, entries: entries)
  }
}
