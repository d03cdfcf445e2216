import LogsInsights

/// A block of columns that a query reads.
struct SlabUnit: LogQueryUnit {
  let engine: LogEngine
  let file: DataFile
  let place: SlabPlace
  let slab: LogSlab
  let number: UInt32
  let group: Int
  let source: LogQueryGroup
  let ranges: [Range<Int64>]
  /// The rows of the streams that are asked for; nil for all.
  let rows: [Range<UInt32>]?
  let unmasked: Bool

  var lastTime: Int64 { slab.lastTime }
  var records: Int { rows.map { $0.reduce(0) { $0 + $1.count } } ?? Int(slab.live) }
  var bytes: Int { slab.rows == 0 ? 0 : slab.rawBytes * records / Int(slab.rows) }
  /// Every row is asked for.
  var isWhole: Bool {
    rows == nil && slab.dead.isEmpty && ranges.contains { slab.firstTime >= $0.lowerBound && slab.lastTime < $0.upperBound }
  }

  func run(_ turn: LogQueryTurn) throws -> (records: Int, bytes: Int) {
    let head = try engine.head(place, Int(slab.length), number, source.group, file)
    let key = head.isSealed ? try engine.keys.opening(source.group) : nil
    return try SlabRun(self, SlabReader(file, offset: Int(place.offset), head: head, key: key), turn).go()
  }
}

/// The reading of one block for one query.
final class SlabRun {
  static let batch = 1_024
  let unit: SlabUnit
  let reader: SlabReader
  let turn: LogQueryTurn
  let plan: Plan
  let head: SlabHead
  let candidates: SlabCandidates
  let feed: SlabFeed
  private var given = 0

  init(_ unit: SlabUnit, _ reader: SlabReader, _ turn: LogQueryTurn) {
    (self.unit, self.reader, self.turn, plan, head) = (unit, reader, turn, turn.plan, reader.head)
    candidates = SlabCandidates(reader)
    feed = SlabFeed(reader, unit.source, turn)
  }

  /// Answers how many events and bytes were passed over.
  func go() throws -> (records: Int, bytes: Int) {
    if plan.countsOnly {
      try counts()
    } else {
      var events: [SlabCandidates.Events] = []
      var isEmpty = true
      for number in head.shapes.indices {
        let found = try candidates.events(number, plan.prefilter)
        if case .none = found {} else { isEmpty = false }
        events.append(found)
      }
      if isEmpty { return (unit.records, unit.bytes) }
      if plan.isPatternCount, unit.isWhole {
        try patterns()
      } else if plan.newestFirst {
        try newest(events)
      } else {
        for (number, found) in events.enumerated() {
          if case .none = found { continue }
          if !plan.needs.message, try fields(number, found) { continue }
          try messages(number, found)
        }
      }
    }
    let skipped = max(0, unit.records - given)
    return (skipped, unit.records == 0 ? 0 : unit.bytes / unit.records * skipped)
  }

  // MARK: Rows

  /// Whether a row is asked for, by stream, time and deletions; nil when all are.
  private var allowed: [Bool]?
  private var hasAllowed = false

  private func mask() throws -> [Bool]? {
    if hasAllowed { return allowed }
    hasAllowed = true
    if unit.isWhole { return nil }
    var mask = [Bool](repeating: unit.rows == nil, count: head.rows)
    for range in unit.rows ?? [] { for row in range where Int(row) < mask.count { mask[Int(row)] = true } }
    for range in unit.slab.dead { for row in range where Int(row) < mask.count { mask[Int(row)] = false } }
    if !unit.ranges.contains(where: { unit.slab.firstTime >= $0.lowerBound && unit.slab.lastTime < $0.upperBound }) {
      let times = try reader.times()
      for row in mask.indices where mask[row] {
        let time = times[row]
        mask[row] = unit.ranges.contains { $0.contains(time) }
      }
    }
    allowed = mask
    return mask
  }

  private var rowsOfShapes: [Int: UnsafeMutableBufferPointer<UInt32>] = [:]

  private func rows(of number: Int) throws -> UnsafeMutableBufferPointer<UInt32> {
    if let known = rowsOfShapes[number] { return known }
    var wanted = head.shapes.map { _ in false }
    wanted[number] = true
    let rows = try reader.rows(of: wanted)[number]
    rowsOfShapes[number] = rows
    return rows
  }

  private func prepareRows(_ events: [SlabCandidates.Events]) throws {
    let wanted = events.map { if case .none = $0 { false } else { true } }
    for (number, rows) in try reader.rows(of: wanted).enumerated() where wanted[number] { rowsOfShapes[number] = rows }
  }

  /// Calls with pieces of the events' numbers in the shape; false ends it.
  private func pieces(_ number: Int, _ found: SlabCandidates.Events, _ body: ([UInt32]) throws -> Bool) throws {
    let mask = try mask()
    let rows = mask == nil ? nil : try rows(of: number)
    var piece: [UInt32] = []
    piece.reserveCapacity(Self.batch)
    func take(_ index: UInt32) throws -> Bool {
      if let mask, let rows, !mask[Int(rows[Int(index)])] { return true }
      piece.append(index)
      if piece.count < Self.batch { return true }
      defer { piece.removeAll(keepingCapacity: true) }
      given += piece.count
      return try body(piece)
    }
    switch found {
    case .none: return
    case .all: for index in 0..<UInt32(head.shapes[number].rows) { if !(try take(index)) { return } }
    case .some(let list): for index in list { if !(try take(index)) { return } }
    }
    given += piece.count
    if !piece.isEmpty { _ = try body(piece) }
  }

  // MARK: Ways to give events

  /// Only times and origins.
  private func counts() throws {
    let mask = try mask()
    if plan.isTimeless {
      let count = mask.map { $0.reduce(0) { $0 + ($1 ? 1 : 0) } } ?? head.rows
      given = count
      if count > 0 { try feed.weights([], [UInt32(count)], bytes: unit.bytes) }
      return
    }
    if mask == nil, feed.needsTimesOnly {
      given = head.rows
      return try feed.allTimes()
    }
    var rows: [UInt32] = []
    rows.reserveCapacity(min(head.rows, 1 << 14))
    for row in 0..<head.rows where mask?[row] ?? true {
      rows.append(UInt32(row))
      if rows.count == 1 << 14 {
        given += rows.count
        if !(try feed.bare(rows)) { return }
        rows.removeAll(keepingCapacity: true)
      }
    }
    given += rows.count
    if !rows.isEmpty { _ = try feed.bare(rows) }
  }

  /// Gives columns in place of messages; false when the shape's messages must be looked at.
  private func fields(_ number: Int, _ found: SlabCandidates.Events) throws -> Bool {
    let shape = head.shapes[number]
    var columns: [(column: ColumnReader?, isText: Bool)] = []
    for path in plan.needs.json {
      switch ShapeField(path, shape) {
      case .unknown: return false
      case .missing: columns.append((nil, false))
      case .column(let place): columns.append((try candidates.column(number, place), shape.isText[place]))
      }
    }
    if plan.isWeightable, unit.isWhole, try weights(number, found, columns) { return true }
    let rows = plan.isTimeless && !columns.contains(where: { $0.column?.isTime ?? false }) ? nil : try rows(of: number)
    try pieces(number, found) { try feed.fields(columns, $0, rows) }
    return true
  }

  /// Gives each combination of words once.
  private func weights(_ number: Int, _ found: SlabCandidates.Events, _ columns: [(column: ColumnReader?, isText: Bool)]) throws -> Bool {
    var size = 1
    for (column, _) in columns {
      let words = column.map { $0.words ?? .max } ?? 1
      if words > 1 << 16 { return false }
      size *= words
      if size > 1 << 16 { return false }
    }
    var counts = [UInt32](repeating: 0, count: size)
    func count(_ index: Int) {
      var place = 0
      for (column, _) in columns {
        if let column, let words = column.words, words > 1 { place = place &* words &+ column.wordNumber(index) }
      }
      counts[place] += 1
    }
    let rows: Int
    switch found {
    case .none: return true
    case .all:
      rows = head.shapes[number].rows
      if size == 1 { counts[0] = UInt32(rows) } else { for index in 0..<rows { count(index) } }
    case .some(let list):
      rows = list.count
      for index in list { count(Int(index)) }
    }
    given += rows
    var (values, weights): ([[Int]], [UInt32]) = ([], [])
    for place in counts.indices where counts[place] > 0 {
      var (rest, numbers) = (place, [Int](repeating: 0, count: columns.count))
      for (offset, entry) in columns.enumerated().reversed() {
        let words = entry.column?.words ?? 1
        numbers[offset] = rest % words
        rest /= words
      }
      values.append(numbers)
      weights.append(counts[place])
    }
    try feed.weights(columns.map { ($0.column, $0.isText) }, values, weights, bytes: rows * (unit.bytes / max(unit.records, 1)))
    return true
  }

  private func messages(_ number: Int, _ found: SlabCandidates.Events) throws {
    let shape = try candidates.messages(number)
    let rows = try rows(of: number)
    try pieces(number, found) { piece in
      feed.begin()
      for index in piece { try feed.add(shape, Int(index), row: Int(rows[Int(index)]), unmasked: unit.unmasked) }
      return try feed.give()
    }
  }

  private struct Entry {
    /// Since the block's first event.
    var time: Int64
    var shape: UInt32
    /// Among those of the shape.
    var index: UInt32
    var row: UInt32
  }

  /// Events that can matter, of every shape.
  private func entries(_ events: [SlabCandidates.Events]) throws -> [Entry] {
    let (times, first) = (try reader.times(), head.firstTime)
    let mask = try mask()
    var cutoff = turn.cutoff ?? .min
    let isCounted = plan.takesAll && plan.firstLimit != nil
    if isCounted, let limit = plan.firstLimit { cutoff = max(cutoff, youngest(limit, times, mask)) }
    var found: [Entry] = []
    if isCounted || (unit.rows != nil && mask != nil) {
      // Few rows: where each is among those of its shape is counted on the way.
      let numbers = try reader.shapeNumbers()
      var counts = [UInt32](repeating: 0, count: events.count)
      let last = mask.map { $0.lastIndex(of: true) ?? -1 } ?? head.rows - 1
      for row in 0..<(last + 1) {
        let shape = Int(numbers[row])
        if times[row] >= cutoff, mask?[row] ?? true, events[shape].has(counts[shape]) {
          found.append(Entry(time: times[row] &- first, shape: UInt32(shape), index: counts[shape], row: UInt32(row)))
        }
        counts[shape] &+= 1
      }
      return found
    }
    try prepareRows(events)
    for (number, candidate) in events.enumerated() {
      guard let rows = rowsOfShapes[number] else { continue }
      func take(_ index: UInt32) {
        let row = rows[Int(index)]
        if times[Int(row)] >= cutoff, mask?[Int(row)] ?? true {
          found.append(Entry(time: times[Int(row)] &- first, shape: UInt32(number), index: index, row: row))
        }
      }
      switch candidate {
      case .none: break
      case .all: for index in 0..<UInt32(rows.count) { take(index) }
      case .some(let list): for index in list { take(index) }
      }
    }
    return found
  }

  /// An instant since which there are so many rows, or all, and not many more unless they share a moment.
  private func youngest(_ count: Int, _ times: UnsafeMutablePointer<Int64>, _ mask: [Bool]?) -> Int64 {
    let first = head.firstTime
    var shift: Int64 = 0
    while (head.lastTime &- first) >> shift >= 4_096 { shift += 1 }
    var counts = [Int](repeating: 0, count: 4_096)
    counts.withUnsafeMutableBufferPointer { counts in
      for row in 0..<head.rows where mask?[row] ?? true { counts[Int(((times[row] &- first) >> shift) & 4_095)] += 1 }
    }
    var (bucket, sum) = (4_095, counts[4_095])
    while bucket > 0, sum < count {
      bucket -= 1
      sum += counts[bucket]
    }
    return first &+ Int64(bucket) << shift
  }

  /// The so many youngest, and of those of one instant the ones stored last.
  private func youngest(_ found: [Entry], _ count: Int) throws -> [Entry] {
    let sequences = try reader.sequences()
    func isBefore(_ left: Entry, _ right: Entry) -> Bool {
      left.time != right.time ? left.time > right.time : sequences[Int(left.row)] > sequences[Int(right.row)]
    }
    // Most are passed over with one comparison with the last that was good enough.
    var (kept, worst) = ([Entry](), Entry?.none)
    for entry in found {
      if let worst, !isBefore(entry, worst) { continue }
      kept.append(entry)
      if kept.count < 2 * count + 64 { continue }
      kept.sort(by: isBefore)
      kept.removeLast(kept.count - count)
      worst = kept.last
    }
    kept.sort(by: isBefore)
    if kept.count > count { kept.removeLast(kept.count - count) }
    return kept
  }

  /// Messages of any shape, youngest first, until older ones can not matter.
  private func newest(_ events: [SlabCandidates.Events]) throws {
    var found = try entries(events)
    let first = head.firstTime
    let limit = plan.takesAll ? plan.firstLimit : nil
    if let limit, found.count > limit { found = try youngest(found, limit) } else { found.sort { $0.time > $1.time } }
    var shapes: [UInt32: ShapeReader] = [:]
    var (start, size) = (0, limit.map { min(max($0, 16), Self.batch) } ?? 256)
    while start < found.count {
      if let cutoff = turn.cutoff, found[start].time &+ first < cutoff { return }
      let end = min(found.count, start + size)
      feed.begin()
      for entry in found[start..<end] {
        let shape: ShapeReader
        if let known = shapes[entry.shape] {
          shape = known
        } else {
          shape = try candidates.messages(Int(entry.shape))
          shapes[entry.shape] = shape
        }
        try feed.add(shape, Int(entry.index), row: Int(entry.row), unmasked: unit.unmasked)
      }
      given += end - start
      if !(try feed.give()) { return }
      (start, size) = (end, min(size * 2, Self.batch))
    }
  }

  /// One message for each pattern of a shape and how many there are.
  private func patterns() throws {
    let mean = unit.bytes / max(unit.records, 1)
    for (number, shape) in head.shapes.enumerated() {
      guard shape.flags & SlabFlags.whole == 0, shape.columns.allSatisfy({ Self.isPatternStable($0, shape) }) else {
        try messages(number, .all)
        continue
      }
      let reader = try candidates.messages(number)
      for (index, count) in try kinds(number, shape) {
        given += count
        try feed.pattern(reader, index, count: count, bytes: mean * count)
      }
    }
  }

  private static func isPatternStable(_ column: ColumnSpec, _ shape: SlabShape) -> Bool {
    if shape.flags & SlabFlags.json == 0 { return true }
    if case .texts = column.values { return false }
    return true
  }

  /// The first event of each kind, and how many there are of it: words of JSON may differ in more than digits.
  private func kinds(_ number: Int, _ shape: SlabShape) throws -> [(index: Int, count: Int)] {
    var varying: [(column: ColumnReader, kinds: [Int], many: Int)] = []
    if shape.flags & SlabFlags.json != 0 {
      for place in shape.columns.indices {
        guard case .words = shape.columns[place].values else { continue }
        let column = try candidates.column(number, place)
        var seen: [UInt64: Int] = [:]
        var kinds: [Int] = []
        for word in 0..<(column.words ?? 0) {
          let hash = PatternShape.hash(column.word(word))
          let kind = seen[hash] ?? seen.count
          seen[hash] = kind
          kinds.append(kind)
        }
        if seen.count > 1 { varying.append((column, kinds, seen.count)) }
      }
    }
    if varying.isEmpty { return [(0, shape.rows)] }
    var found: [Int: (index: Int, count: Int)] = [:]
    let size = varying.reduce(1) { $0 > 1 << 20 ? $0 : $0 * $1.many }
    var table = [Int32](repeating: -1, count: size <= 1 << 16 ? size : 0)
    var list: [(index: Int, count: Int)] = []
    for index in 0..<shape.rows {
      var kind = 0
      for entry in varying { kind = kind &* entry.many &+ entry.kinds[entry.column.wordNumber(index)] }
      if !table.isEmpty {
        if table[kind] < 0 {
          table[kind] = Int32(list.count)
          list.append((index, 0))
        }
        list[Int(table[kind])].count += 1
      } else {
        found[kind, default: (index, 0)].count += 1
      }
    }
    return table.isEmpty ? found.values.sorted { $0.index < $1.index } : list
  }
}
