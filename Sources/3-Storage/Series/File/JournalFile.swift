/// A file of a journal as it is found when it is opened.
enum JournalFile {
  /// What reading one showed.
  struct Replay {
    /// Where the last whole frame ends.
    var end = 0
    /// It is full, or not to be written to any longer.
    var isOld = false
    /// It has no head, as after a crash when it was made.
    var isEmpty = false
    /// It does not begin as it should, and no frame is in it.
    var isUnreadable = false
    /// It does not begin as it should, and something in it could not be read.
    var isUnread = false
  }
  static let head = FileHead.size + 8
  private static let name = "journal-"
  private static let aside = "set-aside-journal-"

  static func path(_ directory: String, _ number: UInt32) -> String { "\(directory)/\(name)\(number)" }
  private static func path(aside number: UInt32, _ directory: String) -> String { "\(directory)/\(aside)\(number)" }

  /// The numbers of a journal's files, and of those that were set aside.
  static func numbers(_ directory: String) throws(SeriesFault) -> (files: [UInt32], aside: [UInt32]) {
    let names = try Folder.names(directory)
    func numbers(_ prefix: String) -> [UInt32] {
      names.compactMap { $0.hasPrefix(prefix) ? UInt32($0.dropFirst(prefix.count)) : nil }.sorted()
    }
    return (numbers(name), numbers(aside))
  }

  /// Keeps a file that can not be read for somebody who can.
  static func setAside(_ directory: String, _ number: UInt32) throws(SeriesFault) {
    try Folder.rename(path(directory, number), to: path(aside: number, directory))
    try Folder.sync(directory)
  }

  /// What is said of a file for as long as it lies there.
  static func fault(aside number: UInt32, _ directory: String) -> SeriesFault {
    .damage("\(path(aside: number, directory)) holds what could not be read of a journal: remove it when nobody needs it.")
  }

  static func replay(
    _ file: DataFile, _ number: UInt32, _ isFull: Bool, _ sequence: inout UInt64, _ damages: inout [SeriesFault],
    _ found: (Journal.Found) throws(SeriesFault) -> Void
  ) throws(SeriesFault) -> Replay {
    var (next, faults) = (sequence, [SeriesFault]())
    let whole = try file.mapped { bytes throws(SeriesFault) -> Replay in
      if bytes.count < head || bytes[..<head].allSatisfy({ $0 == 0 }) { return Replay(isEmpty: true) }
      var (offset, isOld) = (head, isFull)
      let isStrange = !FileHead.isOf(bytes, "JRNL") || FileHead.version(bytes) != 1
      if isStrange {
        let first = FrameHeader.next(bytes, from: 0)
        faults.append(strange(bytes, file.path, number, first))
        guard let first else { return Replay(isUnreadable: true) }
        (offset, isOld) = (first, true)
      } else {
        var reader = ByteReader(bytes, at: FileHead.size)
        let begin = reader.fixed(UInt64.self)
        // The first record has this number. It has a sum, the head has none.
        let isRight = FrameHeader(bytes, at: head).map { $0.sequence == begin } ?? (begin < 1 << 62)
        if isRight { next = max(next, begin) }
      }
      let known = faults.count
      while offset < bytes.count {
        guard let place = record(bytes, from: offset, file.path, &faults), let header = FrameHeader(bytes, at: place),
          let body = header.body(bytes, at: place)
        else { break }
        try found(Journal.Found(header: header, body: body, number: number, offset: place, isOld: isOld))
        next = max(next, header.sequence &+ 1)
        offset = place + FrameHeader.size + header.length
      }
      let isUnread = isStrange && (faults.count > known || bytes[min(offset, bytes.count)...].contains { $0 != 0 })
      return Replay(end: offset, isOld: isOld, isUnread: isUnread)
    }
    sequence = next
    damages += faults
    return whole
  }

  /// What is said of a file that does not begin as it should.
  private static func strange(_ bytes: UnsafeRawBufferPointer, _ path: String, _ number: UInt32, _ first: Int?) -> SeriesFault {
    let version = FileHead.isOf(bytes, "JRNL") ? FileHead.version(bytes) : nil
    let what =
      version.map { "\(path) says that another version of Martlet wrote it, \($0)" }
      ?? "\(path) is damaged in its first \(first ?? head) bytes"
    return .damage(
      first == nil
        ? "\(what), and nothing in it can be read: it was set aside as \(aside)\(number)." : "\(what); what is behind them is read.")
  }

  /// Where the next whole record is; nil at the end of what was written. What is damaged before it is noted.
  private static func record(_ bytes: UnsafeRawBufferPointer, from offset: Int, _ path: String, _ faults: inout [SeriesFault]) -> Int? {
    let header = FrameHeader(bytes, at: offset)
    if header?.body(bytes, at: offset) != nil { return offset }
    // A record that is cut off was never acknowledged; what its messages hold is not taken for records.
    let behind = header.map { offset + FrameHeader.size + $0.length } ?? offset + 1
    if let next = FrameHeader.next(bytes, from: behind) {
      faults.append(.damage("\(path) is damaged between the bytes \(offset) and \(next): what was written there is lost."))
      return next
    }
    if !FrameHeader.isCut(bytes, at: offset) {
      faults.append(.damage("\(path) is damaged from byte \(offset) on, where its last records were: what was written there is lost."))
    }
    return nil
  }
}
