/// Rows of a block of columns as events, any of them. Belongs to one thread.
final class LogSlabRows {
  let reader: SlabReader
  private let times: UnsafeMutablePointer<Int64>
  private let sequences: UnsafeMutablePointer<UInt64>
  private let ingestion: IngestionTimes
  private let numbers: UnsafeMutablePointer<UInt16>
  /// The number of each row among those of its shape.
  private let ranks: [UInt32]
  private var shapes: [ShapeReader?]
  private let heap = ByteHeap()
  private let marks = ByteHeap()

  init(_ reader: SlabReader) throws(SeriesFault) {
    self.reader = reader
    times = try reader.times()
    sequences = try reader.sequences()
    ingestion = try reader.ingestion()
    numbers = try reader.shapeNumbers()
    var counts = [UInt32](repeating: 0, count: reader.head.shapes.count)
    var ranks = [UInt32](repeating: 0, count: reader.head.rows)
    for row in ranks.indices {
      let shape = Int(numbers[row])
      ranks[row] = counts[shape]
      counts[shape] += 1
    }
    for (shape, count) in zip(reader.head.shapes, counts) where shape.rows != Int(count) { throw reader.damaged }
    self.ranks = ranks
    shapes = Array(repeating: nil, count: reader.head.shapes.count)
  }

  func id(_ row: Int) -> LogEventID { LogEventID(time: times[row], sequence: sequences[row]) }

  /// The event, whose bytes live until the next call.
  func record(_ row: Int) throws(SeriesFault) -> LogRecord {
    let number = Int(numbers[row])
    let shape: ShapeReader
    if let known = shapes[number] {
      shape = known
    } else {
      shape = try ShapeReader(reader.head.shapes[number], reader)
      shapes[number] = shape
    }
    let index = Int(ranks[row])
    heap.count = 0
    shape.append(index, time: times[row], to: heap)
    var record = LogRecord(id: id(row), ingested: ingestion[row], message: heap.raw)
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
