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
  ///
  /// - Parameter through: events with greater numbers stay; nil for all that there are now.
  package func deleteStream(group: String, stream: String, through: UInt64? = nil) async throws(SeriesFault) {
    if let through, try !hasEvents(group, stream, through) { return }
    try await drop(LogDrop(stream: stream, through: through ?? 0), group, LogFrame.deleteStream)
  }

  private func hasEvents(_ group: String, _ stream: String, _ through: UInt64) throws(SeriesFault) -> Bool {
    try state.withLock { state throws(SeriesFault) in
      try Self.load(group, directory, &state)
      guard let known = state.groups[group]?.streams[stream] else { return false }
      return known.moved.contains { $0.lastSequence <= through } || known.fresh.contains { $0.lastSequence <= through }
    }
  }

  /// Whether there may be events of the group.
  package func has(group: String) -> Bool {
    state.withLock { $0.groups[group] != nil } || catalogue.withLock { $0.groups[group] != nil }
  }

  /// The number of the event that was stored last.
  package var lastSequence: UInt64 { journal.lastSequence }

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
    frames.bytes.put(varint: drop.through)
    frames.end(sequences: 1)
    let result = await finished(frames) { engine, place in
      var drop = drop
      if drop.through == 0 { drop.through = place.sequence }
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
    heads.forget(number)
    try Folder.remove(folder(number))
    lastSlabs.forget(number)
  }

  /// Tells the index what was dropped, and frees the disk of segments that hold little or nothing any longer.
  func reclaim(_ group: String) throws(SeriesFault) {
    let found = state.withLock { $0.groups[group] }
    guard let found, !found.drops.isEmpty else { return }
    let done = found.drops.map(\.through).max() ?? 0
    if let id = found.number {
      try note(found.drops, group, found, id)
      let poor = try poorSegments(found, id)
      if poor.isEmpty { try tell(found, id) } else { try rewrite(group, found, id, poor, []) }
    }
    state.withLock { state in state.groups[group]?.drops.removeAll { $0.through <= done } }
  }

  /// Writes what was dropped to the file beside the index.
  private func note(_ drops: [LogDrop], _ group: String, _ found: LogGroupState, _ id: UInt32) throws(SeriesFault) {
    var deletions = found.deletions
    try deletions.add(drops, segment: found.segment, folder: folder(id))
    let known = deletions
    state.withLock { state in if state.groups[group]?.number == id { state.groups[group]?.deletions = known } }
  }

  /// Forgets deletions that no segment has anything of any longer.
  ///
  /// - Parameter copied: the segment to which events that were deleted came along.
  func forgetDeletions(_ group: String, _ id: UInt32, copied: UInt32?) throws(SeriesFault) {
    guard let found = state.withLock({ $0.groups[group] }), found.number == id, !found.deletions.isEmpty else { return }
    var deletions = found.deletions
    try deletions.forget(before: try firstUnclean(found, id), copied: copied, folder: folder(id))
    let known = deletions
    state.withLock { state in if state.groups[group]?.number == id { state.groups[group]?.deletions = known } }
  }

  /// The first segment that has more in it than events that are there.
  private func firstUnclean(_ found: LogGroupState, _ id: UInt32) throws(SeriesFault) -> UInt32? {
    var (sizes, unclean): ([UInt32: Int], Set<UInt32>) = ([:], [])
    for (place, slab) in found.slabs {
      sizes[place.file, default: FileHead.size] += Int(slab.length)
      if !slab.dead.isEmpty { unclean.insert(place.file) }
    }
    for number in try segments(id) where try files.file("\(folder(id))/segment-\(number)")?.size != sizes[number] { unclean.insert(number) }
    return unclean.min()
  }

  private func segments(_ id: UInt32) throws(SeriesFault) -> [UInt32] {
    try Folder.names(folder(id)).compactMap { $0.hasPrefix("segment-") ? UInt32($0.dropFirst("segment-".count)) : nil }
  }

  /// Segments that hold less than two thirds of what they did.
  func poorSegments(_ found: LogGroupState, _ id: UInt32) throws(SeriesFault) -> Set<UInt32> {
    var live: [UInt32: Int] = [:]
    for stream in found.streams.values {
      for block in stream.moved { live[block.file, default: 0] += Int(block.isColumns ? block.share : block.length) }
    }
    var poor: Set<UInt32> = []
    for number in try segments(id) {
      let size = try files.file("\(folder(id))/segment-\(number)")?.size ?? 0
      if live[number, default: 0] * 3 < size * 2 { poor.insert(number) }
    }
    return poor
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
}
