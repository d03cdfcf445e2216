import CZstd

/// Reads the chunks of one block after the other; for one thread, and used again for many blocks.
final class MetricBlockReader {
  let scratch = MetricScratch()
  private let context = ZSTD_createDCtx()
  private var raw: UnsafeMutableRawBufferPointer = .allocate(byteCount: 0, alignment: 8)
  private var plain: UnsafeMutableRawBufferPointer = .allocate(byteCount: 0, alignment: 8)
  /// The directory and the three streams.
  private var parts: [UnsafeRawBufferPointer] = []
  private var directory = ByteReader(UnsafeRawBufferPointer(start: nil, count: 0))
  private var streams = MetricStreamReader(.init(start: nil, count: 0), .init(start: nil, count: 0), .init(start: nil, count: 0))
  private var chunk = MetricChunk()
  /// The block that is read, where it is one that is kept, and how many of its chunks are behind.
  private var kept: (block: MetricPlainBlock, position: Int)?
  private(set) var isBroken = false
  /// Bytes of one stream that a block can have.
  fileprivate static let most = 64 << 20

  init() {}

  /// Bytes of what it reads into.
  var memory: Int { raw.count + plain.count }

  deinit {
    ZSTD_freeDCtx(context)
    raw.deallocate()
    plain.deallocate()
  }

  private static func grow(_ buffer: inout UnsafeMutableRawBufferPointer, _ count: Int) {
    if buffer.count >= count { return }
    buffer.deallocate()
    buffer = .allocate(byteCount: max(count, 96 << 10), alignment: 8)
  }

  /// Reads a block of a file from those that are kept, or keeps it from now on.
  func open(
    _ file: DataFile, _ entry: MetricBlockIndex.Entry, from blocks: MetricPlainBlocks, _ key: MetricPlainBlocks.Key
  ) throws(SeriesFault) {
    if let block = blocks.find(key) { return show(block) }
    guard let sizes = Sizes(try body(file, entry)) else { throw Self.damaged(file, entry) }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: sizes.plain, alignment: 8)
    guard expand(sizes, into: memory, all: true) else {
      memory.deallocate()
      throw Self.damaged(file, entry)
    }
    // One with a damaged directory is read chunk by chunk, as far as that goes.
    guard let block = MetricPlainBlock(memory, parts) else { return try open(file, entry) }
    blocks.keep(block, key)
    show(block)
  }

  /// Lets go of a block that is kept.
  func close() { kept = nil }

  private func show(_ block: MetricPlainBlock) { (kept, isBroken) = ((block, 0), false) }

  /// Reads a block of a file; throws when it is not what was written.
  func open(_ file: DataFile, _ entry: MetricBlockIndex.Entry) throws(SeriesFault) {
    guard open(try body(file, entry)) else { throw Self.damaged(file, entry) }
  }

  private func body(_ file: DataFile, _ entry: MetricBlockIndex.Entry) throws(SeriesFault) -> UnsafeRawBufferPointer {
    Self.grow(&raw, entry.length)
    let target = UnsafeMutableRawBufferPointer(rebasing: raw[..<entry.length])
    try file.read(at: entry.offset, into: target)
    let bytes = UnsafeRawBufferPointer(target)
    guard let header = FrameHeader(bytes, at: 0), header.kind == MetricBlockFile.block, let body = header.body(bytes, at: 0) else {
      throw Self.damaged(file, entry)
    }
    return body
  }

  static func damaged(_ file: DataFile, _ entry: MetricBlockIndex.Entry) -> SeriesFault {
    SeriesFault("\(file.path) is damaged at byte \(entry.offset): the samples of the \(entry.length) bytes from there can not be read.")
  }

  /// What the head of a block's body says of its directory and its three streams.
  private struct Sizes {
    private(set) var parts: [(plain: Int, packed: Int)] = []
    /// The compressed parts.
    let packed: UnsafeRawBufferPointer
    var plain: Int { parts.reduce(0) { $0 + $1.plain } }

    init?(_ body: UnsafeRawBufferPointer) {
      var reader = ByteReader(body)
      for _ in 0..<4 { parts.append((Int(clamping: reader.varint()), Int(clamping: reader.varint()))) }
      guard !reader.isBroken, parts.allSatisfy({ $0.plain <= MetricBlockReader.most && $0.packed <= body.count }) else { return nil }
      packed = UnsafeRawBufferPointer(rebasing: body[reader.place...])
    }
  }

  /// Expands the parts of a block. Answers false when it is none.
  ///
  /// - Parameter all: whether also those that are not compressed go to the memory.
  private func expand(_ sizes: Sizes, into memory: UnsafeMutableRawBufferPointer, all: Bool) -> Bool {
    var (from, to) = (0, 0)
    parts.removeAll(keepingCapacity: true)
    for size in sizes.parts {
      guard size.packed <= sizes.packed.count - from else { return false }
      let source = UnsafeRawBufferPointer(rebasing: sizes.packed[from..<(from + size.packed)])
      from += size.packed
      if size.packed == size.plain, !all {
        parts.append(source)
        continue
      }
      let target = UnsafeMutableRawBufferPointer(rebasing: memory[to..<(to + size.plain)])
      to += size.plain
      if size.packed == size.plain {
        if !source.isEmpty { target.copyMemory(from: source) }
      } else {
        let written = ZSTD_decompressDCtx(context, target.baseAddress, target.count, source.baseAddress, source.count)
        guard ZSTD_isError(written) == 0, written == size.plain else { return false }
      }
      parts.append(UnsafeRawBufferPointer(target))
    }
    return true
  }

  /// Makes the body of a block ready. Answers false when it is none.
  func open(_ body: UnsafeRawBufferPointer) -> Bool {
    guard let sizes = Sizes(body) else { return false }
    Self.grow(&plain, sizes.plain)
    guard expand(sizes, into: plain, all: false) else { return false }
    directory = ByteReader(parts[0])
    streams = MetricStreamReader(parts[1], parts[2], parts[3])
    (chunk, isBroken, kept) = (MetricChunk(), false, nil)
    return true
  }

  /// Passes over chunks of lesser keys at once, where the block says where they end. Chunks that are left are no damage.
  func seek(_ key: UInt64) {
    if let (block, position) = kept { kept = (block, block.position(key, from: position)) }
  }

  /// The next chunk, which must then be skipped or read; nil at the end of the block, or when it is damaged.
  func next() -> MetricChunk? {
    if let (block, position) = kept {
      guard !isBroken, position < block.places.count else { return nil }
      kept = (block, position + 1)
      (chunk, streams) = (block.places[position].chunk, block.places[position].streams)
      return chunk
    }
    if isBroken || directory.isAtEnd { return nil }
    guard let next = MetricChunk(&directory, after: chunk) else {
      isBroken = true
      return nil
    }
    chunk = next
    return next
  }

  func skip() -> Bool {
    if !chunk.skip(&streams) { isBroken = true }
    return !isBroken
  }

  /// Brings the plain samples of the chunk to the scratch.
  func get() -> Bool {
    if !chunk.get(&streams, scratch) { isBroken = true }
    return !isBroken
  }

  func getRich(_ body: (UInt32, MetricAggregate) -> Void) -> Bool {
    if !chunk.getRich(&streams, body) { isBroken = true }
    return !isBroken
  }
}
