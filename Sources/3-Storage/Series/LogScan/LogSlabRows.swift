/// Rows of a block of columns as events, any of them that were made ready. Belongs to one thread.
final class LogSlabRows {
  let reader: SlabReader
  private var part: SlabRowPart?
  private var parts = 0
  private var ingestion: IngestionTimes?
  private var shapes: [ShapeReader?]
  private let heap = ByteHeap()
  private let marks = ByteHeap()

  init(_ reader: SlabReader) {
    self.reader = reader
    shapes = Array(repeating: nil, count: reader.head.shapes.count)
  }

  /// Bytes in memory, about.
  var footprint: Int { reader.footprint + (part?.rows.count ?? 0) * 24 }

  /// To be called before rows are asked for, which lie in the block.
  func prepare(_ rows: Range<Int>) throws(SeriesFault) {
    if let part, part.rows.lowerBound <= rows.lowerBound, rows.upperBound <= part.rows.upperBound { return }
    // Who comes again and again for others wants all of them.
    parts += 1
    part = try SlabRowPart(reader, parts > 3 ? 0..<reader.head.rows : rows)
    if ingestion == nil { ingestion = try reader.ingestion(withSequences: false) }
  }

  func id(_ row: Int) -> LogEventID {
    part.map { LogEventID(time: $0.time(row), sequence: $0.sequence(row)) } ?? .init(time: 0, sequence: 0)
  }

  /// The event, whose bytes live until the next call.
  func record(_ row: Int) throws(SeriesFault) -> LogRecord {
    guard let part, let ingestion else { throw reader.damaged }
    let (number, index) = part.place(row)
    let (time, sequence) = (part.time(row), part.sequence(row))
    let shape: ShapeReader
    if let known = shapes[number] {
      shape = known
    } else {
      shape = try ShapeReader(reader.head.shapes[number], reader)
      shapes[number] = shape
    }
    heap.count = 0
    shape.append(index, time: time, to: heap)
    var record = LogRecord(
      id: LogEventID(time: time, sequence: sequence), ingested: ingestion.time(row, sequence), message: heap.raw)
    if shape.shape.flags & SlabFlags.marked != 0, shape.columns.count > 1 {
      marks.count = 0
      shape.columns[1].append(index, time: 0, to: marks)
      record.marks = marks.raw
    }
    return record
  }

  /// The first row of those in order whose id is not before the one given.
  func first(_ rows: Range<Int>, notBefore id: LogEventID) -> Int {
    var (low, high) = (rows.lowerBound, rows.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if self.id(middle) < id { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension LogEngine {
  /// The head of a block of columns, from memory or the file.
  func head(_ place: SlabPlace, _ length: Int, _ number: UInt32, _ group: String, _ file: DataFile) throws(SeriesFault) -> SlabHead {
    let key = LogHeadCache.Key(group: number, place: place)
    if let known = heads.head(key) { return known }
    let keys = keys
    let head = try SlabReader.head(file, offset: Int(place.offset), length: length) { () throws(SeriesFault) in try keys.opening(group) }
    heads.keep(head, key)
    return head
  }
}
