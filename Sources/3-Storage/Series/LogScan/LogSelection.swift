import Time

/// The first or last events of a range, gathered from blocks in no particular order and in bounded memory.
struct LogSelection {
  struct Item {
    var id: LogEventID
    var ingested: Int64
    var stream: Int
    var message: [UInt8]
  }
  let lower: LogEventID
  /// Events at or behind it are left out.
  let upper: LogEventID
  let forward: Bool
  let limit: Int
  let byteLimit: Int
  /// Counted for each event besides its message, as AWS does.
  private static let overhead = 26
  private(set) var items: [Item] = []
  private var bytes = 0
  private var isSorted = true
  /// Nothing beyond it can be among the events any longer.
  private var bound: LogEventID?
  /// Events were found that there was no room for.
  private(set) var hasMore = false

  /// The only event that is wanted.
  private let only: UInt64?

  init(lower: LogEventID, upper: LogEventID, forward: Bool, limit: Int, byteLimit: Int, only: UInt64? = nil) {
    self.only = only
    self.lower = lower
    self.upper = upper
    self.forward = forward
    self.limit = max(limit, 1)
    self.byteLimit = max(byteLimit, 1)
  }

  private func precedes(_ left: LogEventID, _ right: LogEventID) -> Bool { forward ? left < right : right < left }

  /// Whether blocks that begin, or for backward reading end, at the id or beyond it need not be read.
  mutating func isFull(before id: LogEventID) -> Bool {
    if items.count >= limit || bytes >= byteLimit { settle() }
    guard let bound, precedes(bound, id) else { return false }
    return true
  }

  /// Takes what fits of a block.
  mutating func take(
    _ reader: inout LogBlockReader, stream: Int, unmasked: Bool, where matches: (UnsafeRawBufferPointer) -> Bool
  ) {
    while let record = reader.next() { if !take(record, stream: stream, unmasked: unmasked, where: matches) { return } }
  }

  /// Takes an event when it fits; false when those behind it in reading order need not be looked at.
  mutating func take(_ record: LogRecord, stream: Int, unmasked: Bool, where matches: (UnsafeRawBufferPointer) -> Bool) -> Bool {
    if record.id < lower { return true }
    if !(record.id < upper) { return false }
    if let only, record.id.sequence != only { return true }
    if let bound, precedes(bound, record.id) {
      // Nobody knows whether it matches: there may be more.
      hasMore = true
      return !forward
    }
    let masked = record.marks.isEmpty || unmasked ? nil : LogMarks.masked(record.message, record.marks)
    if !(masked.map { $0.withUnsafeBytes(matches) } ?? matches(record.message)) { return true }
    if let last = items.last, !precedes(last.id, record.id) { isSorted = false }
    items.append(Item(id: record.id, ingested: record.ingested, stream: stream, message: masked ?? Array(record.message)))
    bytes += record.message.count + Self.overhead
    if items.count >= 2 * limit + 64 || bytes >= 2 * byteLimit + (1 << 16) { settle() }
    return true
  }

  /// Takes what fits of rows of a block of columns, and looks at no more of them than it must.
  mutating func take(
    _ slab: LogSlabRows, _ rows: Range<Int>, stream: Int, unmasked: Bool, where matches: (UnsafeRawBufferPointer) -> Bool
  ) throws(SeriesFault) {
    try slab.prepare(rows)
    let (start, end) = (slab.first(rows, notBefore: lower), slab.first(rows, notBefore: upper))
    if forward {
      for row in start..<max(start, end) {
        if row & 63 == 0, isFull(before: slab.id(row)) {
          hasMore = true
          return
        }
        if !take(try slab.record(row), stream: stream, unmasked: unmasked, where: matches) { return }
      }
    } else {
      for row in (start..<max(start, end)).reversed() {
        if row & 63 == 0, isFull(before: slab.id(row)) {
          hasMore = true
          return
        }
        _ = take(try slab.record(row), stream: stream, unmasked: unmasked, where: matches)
      }
    }
  }

  /// Sorts, and lets go of what is too much.
  private mutating func settle() {
    if !isSorted {
      if forward { items.sort { $0.id < $1.id } } else { items.sort { $1.id < $0.id } }
      isSorted = true
    }
    var (count, size) = (0, 0)
    while count < items.count, count < limit, size < byteLimit {
      let next = items[count].message.count + Self.overhead
      if count > 0, size + next > byteLimit { break }
      size += next
      count += 1
    }
    let isFull = count == limit || size >= byteLimit || count < items.count
    if count < items.count {
      items.removeLast(items.count - count)
      hasMore = true
    }
    bytes = size
    if isFull { bound = items.last?.id }
  }

  /// The events in the order of time. Lets go of those at or behind the limit.
  mutating func finish(before limit: LogEventID? = nil) -> [Item] {
    settle()
    if let limit, let first = items.firstIndex(where: { !precedes($0.id, limit) }) { items.removeLast(items.count - first) }
    if !forward { items.reverse() }
    return items
  }
}
