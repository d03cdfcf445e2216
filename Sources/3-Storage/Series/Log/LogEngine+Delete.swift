import Dispatch
import Synchronization
import Time

extension LogEngine {
  /// Deletes a group's events; they are gone and their disk is free when it returns. A group that has none is no fault.
  package func deleteGroup(_ group: String) async throws(SeriesFault) {
    var frames = FrameBuffer()
    frames.begin(LogFrame.deleteGroup)
    frames.bytes.put(group)
    frames.end(sequences: 1)
    let result = await finished(frames) { engine, _ in
      let number = engine.state.withLock { $0.groups.removeValue(forKey: group)?.number }
      // The number may just be in the making: the mover has written it when this runs there.
      return { () throws(SeriesFault) in
        let known = engine.state.withLock { $0.groups[group]?.number }
        let made = engine.catalogue.withLock { $0.groups[group] }
        engine.keys.source?.forget(group: group)
        for id in Set([number, made].compactMap { $0 }) where id != known { try engine.removeFolder(group, id) }
      }
    }
    try result.get()
  }

  /// Deletes a stream's events. Disk is freed segment by segment: one that holds less than half of what it did is written anew.
  package func deleteStream(group: String, stream: String) async throws(SeriesFault) {
    try await drop(LogDrop(stream: stream, through: 0), group, LogFrame.deleteStream)
  }

  /// Lets go of blocks all of whose events are older than the instant; younger ones stay, and with them older ones of their block.
  package func expire(group: String, before: Timestamp) async throws(SeriesFault) {
    let time = before.milliseconds
    // Whoever asks every hour finds nothing most of the time, and nothing is written then.
    let isDue = try state.withLock { state throws(SeriesFault) -> Bool in
      try Self.load(group, directory, &state)
      return state.groups[group]?.streams.values.contains { stream in
        stream.moved.contains { $0.lastTime < time } || stream.fresh.contains { $0.lastTime < time }
      } ?? false
    }
    if isDue { try await drop(LogDrop(stream: nil, before: time, through: 0), group, LogFrame.expire) }
  }

  private func drop(_ drop: LogDrop, _ group: String, _ kind: UInt8) async throws(SeriesFault) {
    try state.withLock { state throws(SeriesFault) in try Self.load(group, directory, &state) }
    var frames = FrameBuffer()
    frames.begin(kind)
    frames.bytes.put(group)
    frames.bytes.put(drop.stream ?? "")
    frames.bytes.put(signed: drop.before)
    frames.bytes.put(varint: UInt64(0))
    frames.end(sequences: 1)
    let result = await finished(frames) { engine, place in
      var drop = drop
      drop.through = place.sequence
      let known = drop
      engine.state.withLock { state in
        // Groups are unloaded only when they have nothing fresh; then the files are told before they are read again.
        do throws(SeriesFault) { try Self.load(group, engine.directory, &state) } catch { state.moveFault = error }
        state.groups[group]?.apply(known)
        state.groups[group]?.drops.append(known)
      }
      return { () throws(SeriesFault) in try engine.reclaim(group) }
    }
    try result.get()
  }

  /// Writes to the journal, applies at once, and answers when the work on the files is done as well.
  private func finished(
    _ frames: FrameBuffer,
    _ apply: @escaping @Sendable (LogEngine, Journal.Place) -> (@Sendable () throws(SeriesFault) -> Void)
  ) async -> Result<Void, SeriesFault> {
    await withCheckedContinuation { continuation in
      journal.append(frames) { result in
        switch result {
        case .failure(let fault): continuation.resume(returning: .failure(fault))
        case .success(let place):
          let work = apply(self, place)
          self.journal.mover.async {
            do throws(SeriesFault) {
              try work()
              continuation.resume(returning: .success(()))
            } catch { continuation.resume(returning: .failure(error)) }
          }
        }
      }
    }
  }

  /// Removes the folder of a group that is gone.
  func removeFolder(_ group: String, _ number: UInt32) throws(SeriesFault) {
    try catalogue.withLock { catalogue throws(SeriesFault) in try catalogue.remove(group, number) }
    files.forget(folder(number) + "/")
    try Folder.remove(folder(number))
  }

  /// Tells the index what was dropped, and frees the disk of segments that hold little or nothing any longer.
  func reclaim(_ group: String) throws(SeriesFault) {
    let found = state.withLock { $0.groups[group] }
    guard let found, !found.drops.isEmpty else { return }
    let done = found.drops.map(\.through).max() ?? 0
    if let id = found.number {
      var live: [UInt32: Int] = [:]
      for stream in found.streams.values { for block in stream.moved { live[block.file, default: 0] += Int(block.length) } }
      let segments = try Folder.names(folder(id)).compactMap { $0.hasPrefix("segment-") ? UInt32($0.dropFirst("segment-".count)) : nil }
      var poor: [UInt32] = []
      for number in segments {
        let size = try files.file("\(folder(id))/segment-\(number)")?.size ?? 0
        if live[number, default: 0] * 2 < size { poor.append(number) }
      }
      if poor.isEmpty { try tell(found, id) } else { try rewrite(group, found, id, Set(poor)) }
    }
    state.withLock { state in state.groups[group]?.drops.removeAll { $0.through <= done } }
  }

  private func tell(_ found: LogGroupState, _ id: UInt32) throws(SeriesFault) {
    let bytes = found.drops.flatMap { LogIndexFile.frame($0) }
    let index = try DataFile.writable(Self.index(directory, id))
    try index.truncate(to: found.indexEnd)
    try index.write(bytes, at: found.indexEnd)
    try index.sync()
    state.withLock { state in
      for (name, group) in state.groups where group.number == id { state.groups[name]?.indexEnd = found.indexEnd + bytes.count }
    }
  }

  /// Copies what is left of some segments to a new one, writes the index anew, and removes them.
  private func rewrite(_ name: String, _ found: LogGroupState, _ id: UInt32, _ poor: Set<UInt32>) throws(SeriesFault) {
    var source = found
    let last = max(found.segment, poor.max() ?? 0)
    if poor.contains(found.segment) { (source.segment, source.end) = (last + 1, 0) }
    var target = LogSegmentWriter(source, folder: folder(id), limits: limits)
    var streams: [(name: String, lastIngested: Int64, blocks: [LogBlock])] = []
    for (stream, state) in found.streams.sorted(by: { $0.key < $1.key }) where !state.moved.isEmpty {
      var blocks: [LogBlock] = []
      for block in state.moved { blocks.append(poor.contains(block.file) ? try copy(block, id, &target) : block) }
      streams.append((stream, state.lastIngested, blocks))
    }
    try target.finish()
    let entry = LogIndexFile.Moved(segment: target.segment, end: target.end, through: found.through, streams: streams)
    let bytes = LogIndexFile.head(name) + LogIndexFile.frame(entry)
    let path = Self.index(directory, id)
    let fresh = try DataFile.writable("\(path).new")
    try fresh.truncate(to: 0)
    try fresh.write(bytes, at: 0)
    try fresh.sync()
    try Folder.rename("\(path).new", to: path)
    try Folder.sync(folder(id))
    state.withLock { state in
      guard var group = state.groups[name], group.number == id else { return }
      (group.segment, group.end, group.indexEnd) = (entry.segment, entry.end, bytes.count)
      for stream in streams { group.streams[stream.name]?.replace(moved: stream.blocks) }
      // Dropped while the rewrite ran.
      for drop in group.drops { group.apply(drop) }
      state.groups[name] = group
    }
    for number in poor {
      files.forget("\(folder(id))/segment-\(number)")
      try Folder.remove(file: "\(folder(id))/segment-\(number)")
    }
  }

  private func copy(_ block: LogBlock, _ id: UInt32, _ target: inout LogSegmentWriter) throws(SeriesFault) -> LogBlock {
    let path = "\(folder(id))/segment-\(block.file)"
    guard let file = try files.file(path) else { throw SeriesFault("\(path) is gone.") }
    var bytes = [UInt8](repeating: 0, count: Int(block.length))
    let result = bytes.withUnsafeMutableBytes { buffer -> SeriesFault? in
      do throws(SeriesFault) { try file.read(at: Int(block.offset), into: buffer) } catch { return error }
      return nil
    }
    if let result { throw result }
    var moved = block
    let place = try target.put(frame: bytes)
    (moved.file, moved.offset) = (place.file, UInt32(clamping: place.offset))
    return moved
  }
}
