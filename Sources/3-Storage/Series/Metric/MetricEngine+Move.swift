import Dispatch
import Synchronization
import Time

/// Turning what journals held into block files. All of it runs on the mover.
extension MetricEngine {
  /// Days that are written side by side.
  private static let daysAtOnce = 32

  /// Moves and joins what is due; what fails is told by `backgroundFault` and tried again at the next time.
  func attempt() {
    do throws(SeriesFault) {
      try move()
      try joinWhatIsDue()
    } catch {
      state.withLock { $0.fault = error }
      removeUnfinished()
    }
  }

  /// Files of a move that failed: on a full disk their room is needed. What can not be removed goes when the engine is opened again.
  private func removeUnfinished() {
    let known = Set(state.withLock { $0.blocks.map(\.name) })
    for name in (try? Folder.names(directory)) ?? [] where name.hasPrefix("block-") && !known.contains(name) {
      try? Folder.remove(file: "\(directory)/\(name)")
    }
  }

  private func move() throws(SeriesFault) {
    for part in state.withLock({ $0.moving }) {
      let blocks = try write(part.head)
      try commit(adding: blocks, removing: [], through: part.through) { state in state.moving.removeAll { $0.through <= part.through } }
      try journal.remove(through: part.journal)
    }
  }

  func newBlock(day: Int32, resolution: Int64) -> MetricBlockFile {
    let number = state.withLock { state in
      defer { state.nextBlock += 1 }
      return state.nextBlock
    }
    return MetricBlockFile(day: day, resolution: UInt32(clamping: resolution), number: number)
  }

  /// A file for each day that there are samples of.
  private func write(_ head: MetricHead) throws(SeriesFault) -> [MetricBlockFile] {
    let all = Set(head.numbers).union(head.rich.keys)
    let keys = table.withLock { table in all.map { table.sortKey($0) } }.sorted()
    let scratch = MetricScratch()
    var (blocks, done, merge): ([MetricBlockFile], Set<Int32>, MetricMerge) = ([], [], MetricMerge())
    while true {
      var writers: [Int32: (block: MetricBlockFile, writer: MetricBlockWriter)] = [:]
      var isPartial = false
      for key in keys {
        merge.removeAll()
        let number = UInt32(truncatingIfNeeded: key)
        head.copy(number, to: &merge.plain)
        for point in head.rich[number] ?? [] {
          var aggregate = MetricAggregate()
          aggregate.add(point)
          merge.rich.append((point.second, aggregate))
        }
        merge.settle(1)
        try merge.eachDay { day, plain, rich throws(SeriesFault) in
          if done.contains(day) { return }
          if writers[day] == nil {
            if writers.count == Self.daysAtOnce {
              isPartial = true
              return
            }
            let block = newBlock(day: day, resolution: 1)
            writers[day] = (block, try MetricBlockWriter("\(directory)/\(block.name)", scratch))
          }
          try writers[day]?.writer.put(key, merge.plain, plain)
          if !rich.isEmpty { try writers[day]?.writer.put(key, Array(merge.rich[rich])) }
        }
      }
      for (day, (block, writer)) in writers.sorted(by: { $0.key < $1.key }) {
        try writer.finish()
        done.insert(day)
        blocks.append(MetricBlockFile(day: day, resolution: 1, number: block.number, samples: writer.samples))
      }
      if !isPartial { return blocks }
    }
  }

  /// Makes a change of the files count, all at once, and removes those that no longer do.
  func commit(
    adding: [MetricBlockFile], removing: [MetricBlockFile], through: UInt64?, damaged: Set<UInt32> = [], _ also: (inout State) -> Void
  ) throws(SeriesFault) {
    let gone = Set(removing.map(\.number))
    let new = table.withLock { table in table.unfiled.compactMap { number in table.identity(number).map { (number, $0) } } }
    let end = state.withLock { $0.catalogueEnd }
    let length = try MetricCatalogue.append("\(directory)/\(MetricCatalogue.name)", at: end, new)
    let next = table.withLock { table in
      table.setFiled(new.map(\.0))
      return table.next
    }
    let manifest = state.withLock { state in
      state.catalogueEnd = length
      return MetricManifest(
        through: through ?? state.through, nextSeries: next, nextBlock: state.nextBlock,
        blocks: state.blocks.filter { !gone.contains($0.number) } + adding,
        seen: state.seen.indices.compactMap { place in
          let seen = state.seen[place]
          return seen.isNone ? nil : (UInt32(place), seen.first, seen.last)
        })
    }
    try manifest.write(directory)
    state.withLock { state in
      state.blocks = manifest.blocks
      state.through = manifest.through
      state.fault = nil
      also(&state)
    }
    for block in removing {
      cache.forget(block)
      let path = "\(directory)/\(block.name)"
      // What can be read of a damaged file was taken over; the file stays for those who want to look into it.
      if damaged.contains(block.number) {
        try Folder.rename(path, to: "\(directory)/damaged-\(block.name)")
      } else {
        try Folder.remove(file: path)
      }
    }
  }
}

extension MetricMerge {
  /// Shows the days that there are samples of, with the places of what is of them.
  func eachDay(_ body: (Int32, Range<Int>, Range<Int>) throws(SeriesFault) -> Void) throws(SeriesFault) {
    var (place, richPlace) = (0, 0)
    while place < plain.seconds.count || richPlace < rich.count {
      let next = min(
        place < plain.seconds.count ? plain.seconds[place] : .max, richPlace < rich.count ? rich[richPlace].second : .max)
      let day = MetricTime.dayNumber(next)
      let limit = UInt32(day + 1) * UInt32(MetricTime.day)
      var end = place
      if let last = plain.seconds.last, last < limit {
        end = plain.seconds.count
      } else {
        while end < plain.seconds.count, plain.seconds[end] < limit { end += 1 }
      }
      var richEnd = richPlace
      while richEnd < rich.count, rich[richEnd].second < limit { richEnd += 1 }
      try body(day, place..<end, richPlace..<richEnd)
      (place, richPlace) = (end, richEnd)
    }
  }
}
