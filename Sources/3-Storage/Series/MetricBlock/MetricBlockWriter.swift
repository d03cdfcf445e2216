import CZstd

/// Writes a block file, series in the order of their sort keys.
final class MetricBlockWriter {
  private let file: DataFile
  private let scratch: MetricScratch
  private let context = ZSTD_createCCtx()
  private var buffer = FrameBuffer()
  private var end = 0
  private var entries: [MetricBlockIndex.Entry] = []
  private var streams = MetricStreams()
  private var chunk = MetricChunk()
  /// Of the block that is being put together.
  private var first: UInt64?
  private var (earliest, latest): (UInt32, UInt32) = (.max, 0)
  private var packed: [UInt8] = []
  private(set) var samples: UInt64 = 0
  private static let piece = 1 << 20
  private static let level: Int32 = 1

  init(_ path: String, _ scratch: MetricScratch) throws(SeriesFault) {
    self.scratch = scratch
    file = try DataFile.writable(path)
    try file.truncate(to: 0)
    buffer.bytes = FileHead.bytes(MetricBlockFile.kind, version: MetricBlockFile.version)
  }

  deinit { ZSTD_freeCCtx(context) }

  /// Plain samples in the order of time.
  func put(_ key: UInt64, _ seconds: UnsafeBufferPointer<UInt32>, _ values: UnsafeBufferPointer<Double>) throws(SeriesFault) {
    var place = 0
    while place < seconds.count {
      let upper = min(seconds.count, place + MetricChunk.most)
      MetricChunk.put(
        key, UnsafeBufferPointer(rebasing: seconds[place..<upper]), UnsafeBufferPointer(rebasing: values[place..<upper]), &streams,
        after: &chunk, scratch)
      place = upper
      try noted(key)
    }
    samples += UInt64(seconds.count)
  }

  /// Aggregates in the order of time.
  func put(_ key: UInt64, _ aggregates: [(second: UInt32, value: MetricAggregate)]) throws(SeriesFault) {
    var place = 0
    while place < aggregates.count {
      let upper = min(aggregates.count, place + 512)
      MetricChunk.put(key, aggregates[place..<upper], &streams, after: &chunk)
      place = upper
      try noted(key)
    }
    samples += UInt64(aggregates.count)
  }

  private func noted(_ key: UInt64) throws(SeriesFault) {
    if first == nil { first = key }
    (earliest, latest) = (min(earliest, chunk.first), max(latest, chunk.last))
    if streams.size >= MetricBlockFile.blockBytes { try endBlock() }
  }

  private func endBlock() throws(SeriesFault) {
    guard let first else { return }
    let start = buffer.bytes.count
    buffer.begin(MetricBlockFile.block)
    packed.removeAll(keepingCapacity: true)
    for part in [streams.directory] + streams.planes {
      let before = packed.count
      compress(part)
      buffer.bytes.put(varint: part.count)
      buffer.bytes.put(varint: packed.count - before)
    }
    buffer.bytes.append(contentsOf: packed)
    buffer.end(sequences: 0)
    buffer.stampLast(UInt64(entries.count), time: 0)
    entries.append(
      MetricBlockIndex.Entry(
        first: first, last: chunk.key, offset: end + start, length: buffer.bytes.count - start, earliest: earliest, latest: latest))
    (self.first, chunk, earliest, latest) = (nil, MetricChunk(), .max, 0)
    streams.removeAll()
    if buffer.bytes.count >= Self.piece { try flush() }
  }

  /// As it is when that is no larger.
  private func compress(_ part: [UInt8]) {
    let start = packed.count
    let bound = ZSTD_compressBound(part.count)
    packed.append(contentsOf: repeatElement(0, count: bound))
    let written = part.withUnsafeBytes { part in
      packed.withUnsafeMutableBytes { packed in
        ZSTD_compressCCtx(context, packed.baseAddress.map { $0 + start }, bound, part.baseAddress, part.count, Self.level)
      }
    }
    if ZSTD_isError(written) == 0, written < part.count {
      packed.removeLast(bound - written)
    } else {
      packed.removeLast(bound)
      packed.append(contentsOf: part)
    }
  }

  private func flush() throws(SeriesFault) {
    try file.write(buffer.bytes, at: end)
    end += buffer.bytes.count
    buffer.removeAll()
  }

  /// On disk when it returns.
  func finish() throws(SeriesFault) {
    try endBlock()
    try flush()
    let offset = end
    buffer.begin(MetricBlockFile.index)
    buffer.bytes.put(varint: entries.count)
    for entry in entries {
      buffer.bytes.put(fixed: entry.first)
      buffer.bytes.put(fixed: entry.last)
      buffer.bytes.put(varint: entry.offset)
      buffer.bytes.put(varint: entry.length)
      buffer.bytes.put(fixed: entry.earliest)
      buffer.bytes.put(fixed: entry.latest)
    }
    buffer.end(sequences: 0)
    buffer.stampLast(0, time: 0)
    buffer.bytes.put(fixed: UInt64(offset))
    try flush()
    try file.sync()
  }
}
