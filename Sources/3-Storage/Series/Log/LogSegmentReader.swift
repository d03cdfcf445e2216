/// Finds blocks of columns in segments without an index.
struct LogSegmentReader {
  let group: String
  let folder: String
  let keys: LogKeys
  let damage: LogDamage

  /// Adds blocks that the state does not have. What a move or a rewrite left behind is no such block: its events are in a journal or in
  /// another block. Answers whether there were any.
  ///
  /// - Parameter isTail: only blocks behind what the index knows; those before it were deleted or joined.
  func read(
    _ segments: [UInt32], into state: inout LogGroupState, floor: UInt64, isTail: Bool
  ) throws(SeriesFault) -> Bool {
    var isFound = false
    let (last, end) = (state.segment, state.end)
    // What was written last comes first: it may be what older ones became.
    for segment in segments.reversed() {
      guard let file = try DataFile.existing("\(folder)/segment-\(segment)") else { continue }
      for (offset, length) in try places(file).reversed() {
        let place = SlabPlace(file: segment, offset: UInt32(clamping: offset))
        if state.slabs[place] != nil || isTail && (segment < last || segment == last && offset < end) { continue }
        do throws(SeriesFault) {
          if try take(file, place, length, &state, floor) { isFound = true }
        } catch { if error.isDamage { damage.report(error) } else { throw error } }
      }
    }
    return isFound
  }

  /// Where frames of columns lie.
  private func places(_ file: DataFile) throws(SeriesFault) -> [(offset: Int, length: Int)] {
    try file.mapped { bytes throws(SeriesFault) in
      var (found, offset) = ([(offset: Int, length: Int)](), 0)
      if FileHead.isOf(bytes, "LOGSEG") { offset = FileHead.size }
      while offset < bytes.count {
        guard let header = FrameHeader(bytes, at: offset), offset + FrameHeader.size + header.length <= bytes.count else {
          guard let next = FrameHeader.next(bytes, from: offset + 1) else { break }
          offset = next
          continue
        }
        if header.kind == LogFrame.columns { found.append((offset, FrameHeader.size + header.length)) }
        offset += FrameHeader.size + header.length
      }
      return found
    }
  }

  /// False for a block whose events are elsewhere.
  private func take(
    _ file: DataFile, _ place: SlabPlace, _ length: Int, _ state: inout LogGroupState, _ floor: UInt64
  ) throws(SeriesFault) -> Bool {
    let head = try SlabReader.head(file, offset: Int(place.offset), length: length) { () throws(SeriesFault) in try keys.opening(group) }
    let reader = SlabReader(file, offset: Int(place.offset), head: head, key: head.isSealed ? try keys.opening(group) : nil)
    let (times, sequences, streams) = (try reader.times(), try reader.sequences(), try reader.streams())
    guard head.rows > 0, let last = (0..<head.rows).map({ sequences[$0] }).max(), last < floor else { return false }
    for stream in streams where try isKnown(stream, sequences, state) { return false }
    let rows = UInt32(clamping: head.rows)
    let slab = LogSlab(
      length: UInt32(clamping: length), rows: rows, live: rows, firstTime: head.firstTime, lastTime: head.lastTime,
      firstSequence: (0..<head.rows).map { sequences[$0] }.min() ?? 0, lastSequence: last, rawBytes: head.rawBytes)
    state.slabs[place] = slab
    let ingestion = try reader.ingestion()
    for stream in streams where !stream.rows.isEmpty {
      let numbers = stream.rows.map { sequences[$0] }
      let count = UInt32(clamping: stream.rows.count)
      var known = state.streams[stream.name] ?? LogStreamState()
      known.add(
        moved: LogBlock(
          firstTime: times[stream.rows.lowerBound], lastTime: times[stream.rows.upperBound - 1], firstSequence: numbers.min() ?? 0,
          lastSequence: numbers.max() ?? 0, offset: place.offset, length: slab.length, file: place.file, count: count,
          row: UInt32(clamping: stream.rows.lowerBound), share: slab.share(of: count), isInJournal: false, isColumns: true))
      known.lastIngested = max(known.lastIngested, stream.rows.map { ingestion[$0] }.max() ?? .min)
      state.streams[stream.name] = known
    }
    return true
  }

  /// Whether blocks that are known have one of the stream's events.
  private func isKnown(_ stream: SlabReader.Stream, _ sequences: UnsafeMutablePointer<UInt64>, _ state: LogGroupState) throws(SeriesFault)
    -> Bool
  {
    let mine = Set(stream.rows.map { sequences[$0] })
    guard let (low, high) = mine.min().flatMap({ low in mine.max().map { (low, $0) } }) else { return false }
    for block in state.streams[stream.name]?.moved ?? [] where block.isColumns && block.firstSequence <= high && block.lastSequence >= low {
      guard let file = try DataFile.existing("\(folder)/segment-\(block.file)") else { continue }
      let (offset, length) = (Int(block.offset), Int(block.length))
      do throws(SeriesFault) {
        let head = try SlabReader.head(file, offset: offset, length: length) { () throws(SeriesFault) in try keys.opening(group) }
        let other = SlabReader(file, offset: offset, head: head, key: head.isSealed ? try keys.opening(group) : nil)
        let numbers = try other.sequences()
        let rows = Int(block.row)..<min(Int(block.row + block.count), head.rows)
        if rows.contains(where: { mine.contains(numbers[$0]) }) { return true }
      } catch { if !error.isDamage { throw error } }
    }
    return false
  }
}
