/// Reads blocks of a list one after the other, those that lie together with one call of the system.
final class LogBlockLoader {
  /// Read at once at most, and skipped between two blocks at most.
  private static let windowBytes = 1 << 20
  private static let gap = 8 << 10
  private let blocks: [LogBlock]
  private let journal: Journal
  private let files: OpenFiles
  private let folder: String?
  private let opener: LogOpener
  private var window = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var start = 0
  private var end = 0
  private var owner: (file: UInt32, isInJournal: Bool)?

  init(_ blocks: [LogBlock], journal: Journal, files: OpenFiles, folder: String?, keys: LogKeys) {
    opener = LogOpener(keys, keepsAll: false)
    self.blocks = blocks
    self.journal = journal
    self.files = files
    self.folder = folder
  }

  deinit { window.deallocate() }

  private func path(_ block: LogBlock) -> String {
    block.isInJournal ? "journal-\(block.file)" : "\(folder ?? "")/segment-\(block.file)"
  }

  func damaged(_ place: Int) -> SeriesFault {
    .damage("\(path(blocks[place])) is damaged at byte \(blocks[place].offset): a block of events is not what was written.")
  }

  /// Valid until the next call. Nil when the file is no longer there.
  func reader(_ place: Int) throws(SeriesFault) -> LogBlockReader? {
    let block = blocks[place]
    let from = Int(block.offset)
    let isIn = owner.map { $0.file == block.file && $0.isInJournal == block.isInJournal } ?? false
    if !isIn || from < start || from + Int(block.length) > end {
      guard try load(place) else { return nil }
    }
    let bytes = UnsafeRawBufferPointer(rebasing: window[(from - start)..<(from - start + Int(block.length))])
    guard let header = FrameHeader(bytes, at: 0), let body = header.body(bytes, at: 0) else { throw damaged(place) }
    guard let (inner, plain) = try opener.open(header, body) else { throw SeriesFault("The key of \(path(block)) is gone.") }
    guard let reader = LogBlockReader(inner, plain) else { throw damaged(place) }
    return reader
  }

  /// Fills the window with the block and those behind it in the list that lie beside it.
  private func load(_ place: Int) throws(SeriesFault) -> Bool {
    let block = blocks[place]
    let opened = block.isInJournal ? journal.file(block.file) : try files.file(path(block))
    guard let file = opened else { return false }
    var (low, high) = (Int(block.offset), Int(block.offset) + Int(block.length))
    for other in blocks[(place + 1)...] {
      let (from, to) = (Int(other.offset), Int(other.offset) + Int(other.length))
      guard other.file == block.file, other.isInJournal == block.isInJournal, from <= high + Self.gap, to + Self.gap >= low,
        max(high, to) - min(low, from) <= Self.windowBytes
      else { break }
      (low, high) = (min(low, from), max(high, to))
    }
    if window.count < high - low {
      window.deallocate()
      window = .allocate(byteCount: max(high - low, 1 << 16), alignment: 16)
    }
    owner = nil
    try file.read(at: low, into: UnsafeMutableRawBufferPointer(rebasing: window[..<(high - low)]))
    (start, end, owner) = (low, high, (block.file, block.isInJournal))
    return true
  }
}
