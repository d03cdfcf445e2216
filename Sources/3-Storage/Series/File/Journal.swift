import Dispatch
import Synchronization
import Time

/// Where every append goes first: one file that all callers share, brought to disk once for all who wait.
///
/// While one commit is on its way to the disk, the next appends gather. When the file has its size another one begins, and the
/// owner is told to move what the full one holds elsewhere; then the file goes. Files are `journal-<number>`.
final class Journal: Sendable {
  /// Where the frames of an append came to lie.
  struct Place: Sendable {
    var number: UInt32
    /// Of the first frame in the file.
    var offset: Int
    /// Of the first frame.
    var sequence: UInt64
    /// When the writer took it, in milliseconds since 1970.
    var time: Int64
  }
  struct Write: Sendable {
    var frames: FrameBuffer
    /// Runs on the writer, in the order of the file, once the frames are on disk.
    var finish: @Sendable (Result<Place, SeriesFault>) -> Void
  }
  struct Found {
    var header: FrameHeader
    var body: UnsafeRawBufferPointer
    var number: UInt32
    var offset: Int
    /// The file was full before the engine stopped: what it holds may have been moved already.
    var isOld: Bool
  }
  private struct Waiting {
    var writes: [Write] = []
    var working = false
    var closed = false
    var idle: [CheckedContinuation<Void, Never>] = []
  }
  /// Only the writer touches it.
  private struct Active {
    var file: DataFile?
    var number: UInt32 = 0
    var end = 0
    var reserved = 0
    var sequence: UInt64 = 1
    /// The first sequence number of the file.
    var base: UInt64 = 1
    var buffer: [UInt8] = []
    /// Why nothing more can be appended.
    var broken: SeriesFault?
  }
  private static let reserve = 1 << 20
  /// Bytes that there must be room for.
  private static let probed = 64 << 10
  private static let most = 8 << 20
  private let directory: String
  private let limit: Int
  private let clock: any WallClock
  private let waiting = Mutex(Waiting())
  private let active: Mutex<Active>
  private let files = Mutex<[UInt32: DataFile]>([:])
  private let queue = DispatchQueue(label: "martlet.series.writer", qos: .userInitiated)
  /// Moves what a full file holds, and whatever else must not run beside that.
  let mover = DispatchQueue(label: "martlet.series.mover", qos: .utility)
  /// In a value of its own: a function right inside a `Mutex` is wrapped once more with every look at it.
  private struct Owner {
    let take: @Sendable (_ number: UInt32, _ through: UInt64, _ isOpening: Bool) -> Void
  }
  private let full = Mutex<Owner?>(nil)
  /// What was found damaged when the files were opened.
  let damages: [SeriesFault]
  /// Files of which not all could be read: they are set aside when what could be has been moved.
  private let unread: Mutex<Set<UInt32>>

  /// Shows what is in the files, oldest first, and cuts off a tail that was not written to its end. Records that are damaged are left out,
  /// those behind them are not.
  init(directory: String, limit: Int, clock: any WallClock, found: (Found) throws(SeriesFault) -> Void) throws(SeriesFault) {
    self.directory = directory
    self.limit = limit
    self.clock = clock
    active = Mutex(Active())
    let (numbers, aside) = try JournalFile.numbers(directory)
    var now = Active()
    var damages = aside.map { JournalFile.fault(aside: $0, directory) }
    var unread: Set<UInt32> = []
    for number in numbers {
      let file = try DataFile.writable(JournalFile.path(directory, number))
      now.base = now.sequence
      let whole = try JournalFile.replay(file, number, number != numbers.last, &now.sequence, &damages, found)
      if whole.isEmpty {
        // Its head never reached the disk, so nothing in it was acknowledged.
        try Folder.remove(file: file.path)
        continue
      }
      if whole.isUnreadable {
        try JournalFile.setAside(directory, number)
        continue
      }
      if whole.isUnread { unread.insert(number) }
      files.withLock { $0[number] = file }
      if !whole.isOld {
        if whole.end < file.size { try file.truncate(to: whole.end) }
        (now.file, now.end, now.reserved) = (file, whole.end, whole.end)
      }
    }
    if now.file == nil { now.base = now.sequence }
    now.number = max(numbers.last ?? 0, aside.last ?? 0)
    self.damages = damages
    self.unread = Mutex(unread)
    active.withLock { $0 = now }
  }

  /// Names who moves what is in a full file; full ones found when opening are reported at once.
  ///
  /// It is told on the writer, before anything goes to the next file, and does its work on the mover.
  func start(_ full: @escaping @Sendable (_ number: UInt32, _ through: UInt64, _ isOpening: Bool) -> Void) {
    self.full.withLock { $0 = Owner(take: full) }
    let (number, base, isNone) = active.withLock { ($0.number, $0.base, $0.file == nil) }
    if let newest = files.withLock({ $0.keys.filter { $0 < number || isNone }.max() }) { full(newest, base - 1, true) }
  }

  /// The number that was given last.
  var lastSequence: UInt64 { active.withLock { $0.sequence - 1 } }

  /// Makes sure that numbers begin above the one given.
  func raise(above sequence: UInt64) { active.withLock { $0.sequence = max($0.sequence, sequence + 1) } }

  func file(_ number: UInt32) -> DataFile? { files.withLock { $0[number] } }

  /// Removes files up to a number: everything in them has been moved.
  func remove(through number: UInt32) throws(SeriesFault) {
    let old = files.withLock { files in files.keys.filter { $0 <= number } }
    for number in old {
      if unread.withLock({ $0.remove(number) }) != nil {
        try JournalFile.setAside(directory, number)
      } else {
        try Folder.remove(file: JournalFile.path(directory, number))
      }
      files.withLock { $0[number] = nil }
    }
  }

  func append(_ frames: FrameBuffer, finish: @escaping @Sendable (Result<Place, SeriesFault>) -> Void) {
    enum Next { case refuse, start, none }
    let next = waiting.withLock { waiting -> Next in
      if waiting.closed { return .refuse }
      waiting.writes.append(Write(frames: frames, finish: finish))
      if waiting.working { return .none }
      waiting.working = true
      return .start
    }
    switch next {
    case .refuse: finish(.failure(SeriesFault("The series store is closed.")))
    case .start: queue.async { self.work() }
    case .none: break
    }
  }

  /// Why nothing can be appended at present; nil where room is reserved, or there is some in the folder.
  func probe() async -> SeriesFault? {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.active.withLock { self.probe(&$0) }) }
    }
  }

  private func probe(_ active: inout Active) -> SeriesFault? {
    if let broken = active.broken { return broken }
    if active.file != nil, active.end < limit, active.reserved >= active.end + Self.probed { return nil }
    let path = "\(directory)/probe"
    do throws(SeriesFault) {
      defer { try? Folder.remove(file: path) }
      let file = try DataFile.writable(path)
      try file.write([UInt8](repeating: 0, count: Self.probed), at: 0)
      try file.sync()
      return nil
    } catch { return error }
  }

  /// Begins another file when the present one holds anything, so that what it holds is moved.
  func rotate() async throws(SeriesFault) {
    let result: Result<Void, SeriesFault> = await withCheckedContinuation { continuation in
      queue.async {
        let result = self.active.withLock { active -> Result<Void, SeriesFault> in
          guard active.file != nil, active.end > JournalFile.head, active.broken == nil else { return .success(()) }
          do throws(SeriesFault) {
            _ = try self.ready(&active, isForced: true)
            return .success(())
          } catch { return .failure(error) }
        }
        continuation.resume(returning: result)
      }
    }
    try result.get()
  }

  /// Finishes what was appended and what is being moved.
  func close() async {
    await withCheckedContinuation { continuation in
      let done = waiting.withLock { waiting in
        waiting.closed = true
        if waiting.working { waiting.idle.append(continuation) }
        return !waiting.working
      }
      if done { continuation.resume() }
    }
    await withCheckedContinuation { continuation in mover.async { continuation.resume() } }
    active.withLock { active in
      // What was reserved ahead is given back.
      if let file = active.file, active.broken == nil { try? file.truncate(to: active.end) }
      active.file = nil
    }
    files.withLock { $0 = [:] }
  }

  private func work() {
    while true {
      let batch = waiting.withLock { waiting -> [Write] in
        var (count, bytes) = (0, 0)
        while count < waiting.writes.count, bytes < Self.most {
          bytes += waiting.writes[count].frames.bytes.count
          count += 1
        }
        if count == 0 { waiting.working = false }
        let batch = Array(waiting.writes.prefix(count))
        waiting.writes.removeFirst(count)
        return batch
      }
      if batch.isEmpty { break }
      commit(batch)
    }
    let idle = waiting.withLock { waiting in
      defer { if !waiting.working { waiting.idle = [] } }
      return waiting.working ? [] : waiting.idle
    }
    for continuation in idle { continuation.resume() }
  }

  private func commit(_ batch: [Write]) {
    let written = active.withLock { active -> Result<[Place], SeriesFault> in
      do throws(SeriesFault) { return .success(try write(batch, &active)) } catch { return .failure(error) }
    }
    switch written {
    case .success(let places): for (write, place) in zip(batch, places) { write.finish(.success(place)) }
    case .failure(let fault): for write in batch { write.finish(.failure(fault)) }
    }
  }

  private func write(_ batch: [Write], _ active: inout Active) throws(SeriesFault) -> [Place] {
    if let broken = active.broken { throw broken }
    let file = try ready(&active)
    let time = clock.now().milliseconds
    var places: [Place] = []
    var sequence = active.sequence
    active.buffer.removeAll(keepingCapacity: active.buffer.capacity <= Self.most)
    for write in batch {
      places.append(Place(number: active.number, offset: active.end + active.buffer.count, sequence: sequence, time: time))
      let base = active.buffer.count
      active.buffer.append(contentsOf: write.frames.bytes)
      FrameBuffer.stamp(write.frames.frames, in: &active.buffer, at: base, sequence, time)
      sequence += write.frames.sequences
    }
    let end = active.end + active.buffer.count
    if end > active.reserved {
      let target = max(end, active.reserved + min(Self.reserve, max(limit / 4, 4_096)))
      file.reserve(active.reserved..<target)
      active.reserved = target
    }
    do throws(SeriesFault) { try file.write(active.buffer, at: active.end) } catch {
      // Nobody was told that it is stored; the next append takes its place.
      try file.truncate(to: active.end)
      active.reserved = active.end
      throw error
    }
    do throws(SeriesFault) { try file.sync() } catch {
      // After a failed sync nobody knows what is on disk: stay closed until the engine is opened again and reads it.
      active.broken = error
      throw error
    }
    (active.end, active.sequence) = (end, sequence)
    return places
  }

  /// The file to write to, a new one when there is none or the present one is full.
  private func ready(_ active: inout Active, isForced: Bool = false) throws(SeriesFault) -> DataFile {
    if let file = active.file, active.end < limit, !isForced { return file }
    if active.file != nil, files.withLock({ $0.count > 2 }) {
      // Appends are faster than what moves them on: they wait, so that memory and disk stay bounded.
      mover.sync {}
    }
    let number = active.number + 1
    let file = try DataFile.writable(JournalFile.path(directory, number))
    var head = FileHead.bytes("JRNL")
    head.put(fixed: active.sequence)
    try file.truncate(to: 0)
    try file.write(head, at: 0)
    // Numbers must not begin anew when the older files are gone.
    try file.sync()
    try Folder.sync(directory)
    files.withLock { $0[number] = file }
    let old = active.file == nil ? nil : active.number
    if let file = active.file { try? file.truncate(to: active.end) }
    (active.file, active.number, active.end, active.reserved) = (file, number, head.count, head.count)
    active.base = active.sequence
    if let old, let full = full.withLock({ $0 })?.take {
      full(old, active.sequence - 1, false)
    }
    return file
  }
}
