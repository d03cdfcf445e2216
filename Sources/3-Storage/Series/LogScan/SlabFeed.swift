import LogsInsights

/// Makes batches of a block's events and gives them to the scan.
final class SlabFeed {
  private let reader: SlabReader
  private let source: LogQueryGroup
  private let turn: LogQueryTurn
  private let plan: Plan
  private let bytes = ByteHeap(1 << 16)
  private let starts = NumberHeap<UInt32>(1 << 10)
  private let ends = NumberHeap<UInt32>(1 << 10)
  private let times = NumberHeap<Int64>(1 << 10)
  private let ingested = NumberHeap<Int64>(1 << 10)
  private let numbers = NumberHeap<UInt32>(1 << 10)
  private let locations = NumberHeap<UInt64>(1 << 10)
  private var origins: [LogOrigin] = []
  private var originOfStream: [Int32] = []
  private var streamOfRow: [UInt32]?
  private var ingestion: IngestionTimes?
  private var timesOfRows: UnsafeMutablePointer<Int64>?
  private var sequencesOfRows: UnsafeMutablePointer<UInt64>?
  private let needsIngestion: Bool
  private let needsOrigin: Bool
  private let needsLocation: Bool

  init(_ reader: SlabReader, _ source: LogQueryGroup, _ turn: LogQueryTurn) {
    (self.reader, self.source, self.turn, plan) = (reader, source, turn, turn.plan)
    needsOrigin = plan.needs.logStream || plan.needs.log || !plan.needs.attributes.isEmpty
    needsIngestion = plan.needs.ingestionTime
    needsLocation = plan.keepsEvents || plan.needs.pointer
  }

  /// Of the events themselves only times are asked for.
  var needsTimesOnly: Bool { !needsOrigin && !needsLocation && !plan.needs.ingestionTime }

  /// All rows, by their times.
  func allTimes() throws {
    let times = try reader.times()
    let size = 1 << 14
    let none = [UInt32](repeating: 0, count: size)
    try none.withUnsafeBufferPointer { (none: UnsafeBufferPointer<UInt32>) throws -> Void in
      var start = 0
      while start < reader.head.rows {
        let count = min(size, reader.head.rows - start)
        let zeros = UnsafeBufferPointer(rebasing: none[..<count])
        begin()
        var batch = batch(0)
        (batch.starts, batch.ends, batch.timestamps) = (zeros, zeros, UnsafeBufferPointer(start: times + start, count: count))
        batch.messageBytes = reader.head.rawBytes / max(reader.head.rows, 1) * count
        let whole = batch
        if !(try turn.give({ try $0.add(whole) })) { return }
        start += count
      }
    }
  }

  func begin() {
    bytes.count = 0
    starts.removeAll()
    ends.removeAll()
    times.removeAll()
    ingested.removeAll()
    numbers.removeAll()
    locations.removeAll()
  }

  private func knownTimes() throws -> UnsafeMutablePointer<Int64> {
    if let timesOfRows { return timesOfRows }
    let known = try reader.times()
    timesOfRows = known
    return known
  }

  /// What all events have.
  @inline(__always)
  private func note(row: Int, _ time: Int64) throws {
    times.append(time)
    if needsIngestion { try noteIngestion(row) }
    if needsOrigin { numbers.append(try origin(row)) }
    if needsLocation {
      if let sequencesOfRows {
        locations.append(sequencesOfRows[row])
      } else {
        let known = try reader.sequences()
        sequencesOfRows = known
        locations.append(known[row])
      }
    }
  }

  private func noteIngestion(_ row: Int) throws {
    let known = try ingestion ?? reader.ingestion()
    ingestion = known
    ingested.append(known[row])
  }

  private func origin(_ row: Int) throws -> UInt32 {
    let streams = try reader.streams()
    if streamOfRow == nil {
      var list = [UInt32](repeating: 0, count: reader.head.rows)
      for (number, stream) in streams.enumerated() { for row in stream.rows { list[row] = UInt32(number) } }
      streamOfRow = list
      originOfStream = Array(repeating: -1, count: streams.count)
    }
    let stream = Int(streamOfRow?[row] ?? 0)
    if originOfStream[stream] < 0 {
      originOfStream[stream] = Int32(origins.count)
      origins.append(LogOrigin(log: source.log, stream: streams[stream].name, attributes: source.attributes))
    }
    return UInt32(originOfStream[stream])
  }

  func add(_ shape: ShapeReader, _ index: Int, row: Int, unmasked: Bool) throws {
    let start = bytes.count
    let time = try knownTimes()[row]
    starts.append(UInt32(truncatingIfNeeded: start))
    shape.append(index, time: time, to: bytes)
    if shape.shape.flags & SlabFlags.marked != 0, !unmasked, shape.columns.count > 1 {
      let marks = ByteHeap()
      shape.columns[1].append(index, time: time, to: marks)
      LogMarks.apply(marks.raw, to: UnsafeMutableRawBufferPointer(start: bytes.base + start, count: bytes.count - start))
    }
    ends.append(UInt32(truncatingIfNeeded: bytes.count))
    // Messages may not run together.
    bytes.reserve(1)
    bytes.base[bytes.count] = 0x0A
    bytes.count &+= 1
    try note(row: row, time)
  }

  private func batch(_ count: Int) -> EventBatch {
    var batch = EventBatch(
      bytes: UnsafeBufferPointer(start: bytes.base, count: bytes.count), starts: UnsafeBufferPointer(start: starts.base, count: count),
      ends: UnsafeBufferPointer(start: ends.base, count: count), timestamps: UnsafeBufferPointer(start: times.base, count: count),
      ingestionTimes: ingested.count == count && count > 0 ? UnsafeBufferPointer(start: ingested.base, count: count) : nil,
      originNumbers: numbers.count == count && count > 0 ? UnsafeBufferPointer(start: numbers.base, count: count) : nil,
      origins: origins.isEmpty ? [LogOrigin(log: source.log, stream: "", attributes: source.attributes)] : origins, firstLocation: 0)
    if locations.count == count, count > 0 { batch.locations = UnsafeBufferPointer(start: locations.base, count: count) }
    return batch
  }

  /// Gives the messages that were added. False when the query is to end.
  func give() throws -> Bool {
    if starts.count == 0 { return true }
    let batch = batch(starts.count)
    return try turn.give { try $0.add(batch) }
  }

  /// Rows whose messages nobody needs.
  func bare(_ rows: [UInt32]) throws -> Bool {
    begin()
    for row in rows {
      starts.append(0)
      ends.append(0)
      try note(row: Int(row), try knownTimes()[Int(row)])
    }
    var batch = batch(rows.count)
    batch.messageBytes = reader.head.rawBytes / max(reader.head.rows, 1) * rows.count
    return try turn.give { try $0.add(batch) }
  }

  /// Columns in place of messages. `rows` are those of the shape's events; nil when times do not matter.
  func fields(_ columns: [(column: ColumnReader?, isText: Bool)], _ events: [UInt32], _ rows: UnsafeMutableBufferPointer<UInt32>?) throws
    -> Bool
  {
    begin()
    let times = rows == nil ? nil : try reader.times()
    for event in events {
      starts.append(0)
      ends.append(0)
      if let rows { try note(row: Int(rows[Int(event)]), try knownTimes()[Int(rows[Int(event)])]) } else { self.times.append(0) }
    }
    let (heap, from, to) = (
      ByteHeap(1 << 14), NumberHeap<UInt32>(columns.count * events.count), NumberHeap<UInt32>(columns.count * events.count)
    )
    for (column, _) in columns {
      guard let column else { continue }
      for event in events {
        from.append(UInt32(truncatingIfNeeded: heap.count))
        let time = times.map { times in rows.map { times[Int($0[Int(event)])] } ?? 0 } ?? 0
        column.append(Int(event), time: time, to: heap)
        to.append(UInt32(truncatingIfNeeded: heap.count))
      }
    }
    var batch = batch(events.count)
    batch.fieldColumns = Self.columns(columns, heap, from, to, events.count)
    batch.messageBytes = reader.head.rawBytes / max(reader.head.rows, 1) * events.count
    let whole = batch
    return try turn.give { try $0.add(whole) }
  }

  private static func columns(
    _ columns: [(column: ColumnReader?, isText: Bool)], _ heap: ByteHeap, _ from: NumberHeap<UInt32>, _ to: NumberHeap<UInt32>, _ count: Int
  ) -> [FieldColumn] {
    var place = 0
    return columns.map { column, isText in
      if column == nil { return .missing }
      defer { place += count }
      var field = FieldColumn(
        bytes: UnsafeBufferPointer(start: heap.base, count: heap.count),
        starts: UnsafeBufferPointer(start: from.base + place, count: count),
        ends: UnsafeBufferPointer(start: to.base + place, count: count))
      field.form = isText ? .text : .json
      return field
    }
  }

  /// Events without any field, each standing for many.
  func weights(_ columns: [(column: ColumnReader?, isText: Bool)], _ weights: [UInt32], bytes: Int) throws {
    try self.weights(columns, weights.map { _ in [] }, weights, bytes: bytes)
  }

  /// Combinations of words, each standing for many events.
  func weights(_ columns: [(column: ColumnReader?, isText: Bool)], _ values: [[Int]], _ weights: [UInt32], bytes: Int) throws {
    begin()
    for _ in weights {
      starts.append(0)
      ends.append(0)
      times.append(0)
    }
    let (heap, from, to) = (ByteHeap(), NumberHeap<UInt32>(), NumberHeap<UInt32>())
    for (place, entry) in columns.enumerated() {
      guard let column = entry.column else { continue }
      for numbers in values {
        let word = column.word(numbers[place])
        from.append(UInt32(truncatingIfNeeded: heap.count))
        if let start = word.baseAddress { heap.append(start, word.count) }
        to.append(UInt32(truncatingIfNeeded: heap.count))
      }
    }
    var batch = batch(weights.count)
    batch.fieldColumns = Self.columns(columns, heap, from, to, weights.count)
    batch.messageBytes = bytes
    _ = try weights.withUnsafeBufferPointer { buffer in
      batch.weights = buffer
      let whole = batch
      return try turn.give { try $0.add(whole) }
    }
  }

  /// The time in the message is no matter.
  func pattern(_ shape: ShapeReader, _ index: Int, count: Int, bytes: Int) throws {
    begin()
    let time = reader.head.firstTime
    shape.append(index, time: time, to: self.bytes)
    let message = UnsafeBufferPointer(start: UnsafePointer(self.bytes.base), count: self.bytes.count)
    _ = try turn.give { try $0.add(pattern: message, timestamp: time, count: count, bytes: bytes) }
  }
}
