import Synchronization
import Time

extension LogAppend {
  /// The id of an event of the append, by its place in the order in which they are read.
  package func id(_ place: Int, at time: Timestamp) -> LogEventID {
    LogEventID(time: time.milliseconds, sequence: firstID.sequence &+ UInt64(place))
  }
}

extension LogEventID {
  /// Behind every event before the instant and before every event at or after it.
  package init(first instant: Timestamp) { self.init(time: instant.milliseconds, sequence: 0) }
}

extension LogEngine {
  /// The event at a location, as queries name it (`EventPointer`), and the group it is of; nil when it is in none of the groups.
  package func record(at location: UInt64, in groups: [String], unmasked: Bool) throws(SeriesFault) -> (
    group: String, event: StoredLogEvent
  )? {
    for group in groups {
      let blocks = try state.withLock { state throws(SeriesFault) in
        try Self.load(group, directory, &state)
        return (state.groups[group]?.streams ?? [:]).flatMap { name, stream in
          (stream.moved + stream.fresh).filter { $0.firstSequence <= location && location <= $0.lastSequence }.map { (name, $0) }
        }
      }
      for (stream, block) in blocks {
        if let event = try event(location, group, stream, block, unmasked) { return (group, event) }
      }
    }
    return nil
  }

  private func event(
    _ location: UInt64, _ group: String, _ stream: String, _ block: LogBlock, _ unmasked: Bool
  ) throws(SeriesFault) -> StoredLogEvent? {
    var position: LogPosition?
    while true {
      let page = try read(
        group: group, stream: stream, from: Timestamp(milliseconds: block.firstTime), to: Timestamp(milliseconds: block.lastTime &+ 1),
        position: position, forward: true, limit: 10_000, byteLimit: 4 << 20, unmasked: unmasked)
      if let found = page.events.first(where: { $0.id.sequence == location }) { return found }
      if page.events.isEmpty { return nil }
      position = page.forwardPosition
    }
  }
}
