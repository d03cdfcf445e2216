import Dispatch
import Synchronization
import Time

/// Turning what journals held into block files, joining and coarsening these. All of it runs on the mover.
extension MetricEngine {
  private typealias Column = [(second: Int64, resolution: Int64, value: MetricAggregate)]

  func move() throws(SeriesFault) {
    let moving = state.withLock { $0.moving }
    for part in moving {
      let blocks = try write(part.points)
      try commit(adding: blocks, removing: [], through: part.through) { state in state.moving.removeAll { $0.through <= part.through } }
      try journal.remove(through: part.journal)
    }
    try coarsen()
  }

  private func number() -> UInt32 {
    state.withLock { state in
      defer { state.nextBlock += 1 }
      return state.nextBlock
    }
  }

  /// A file for each day that there are samples of.
  private func write(_ points: [UInt32: [MetricPoint]]) throws(SeriesFault) -> [MetricBlockFile] {
    var days: [Int32: [UInt32]] = [:]
    for (number, column) in points {
      for day in Set(column.map { MetricTime.dayNumber($0.second) }) { days[day, default: []].append(number) }
    }
    var blocks: [MetricBlockFile] = []
    for (day, numbers) in days.sorted(by: { $0.key < $1.key }) {
      let block = MetricBlockFile(day: day, resolution: 1, number: number())
      var writer = try MetricBlockWriter("\(directory)/\(block.name)")
      for number in numbers.sorted() {
        try writer.put(number, Self.column((points[number] ?? []).filter { MetricTime.dayNumber($0.second) == day }))
      }
      try writer.finish()
      blocks.append(block)
    }
    return blocks
  }

  /// Points of one second, or minute, become one.
  private static func column(_ points: [MetricPoint]) -> Column {
    var column: Column = []
    for point in points.sorted(by: { $0.second != $1.second ? $0.second < $1.second : $0.resolution < $1.resolution }) {
      if let last = column.last, last.second == point.second, last.resolution == point.resolution {
        column[column.count - 1].value.add(point)
      } else {
        var aggregate = MetricAggregate()
        aggregate.add(point)
        column.append((point.second, point.resolution, aggregate))
      }
    }
    return column
  }

  /// Makes a change of the files count, all at once, and removes those that no longer do.
  private func commit(
    adding: [MetricBlockFile], removing: [MetricBlockFile], through: UInt64?, _ also: (inout State) -> Void
  ) throws(SeriesFault) {
    let gone = Set(removing)
    let (new, end) = state.withLock { state in
      (state.series.filter { !$0.value.isFiled }.map { ($0.key, $0.value.identity) }.sorted { $0.0 < $1.0 }, state.catalogueEnd)
    }
    let length = try MetricCatalogue.append("\(directory)/catalogue", at: end, new)
    let manifest = state.withLock { state in
      state.catalogueEnd = length
      for (number, _) in new { state.series[number]?.isFiled = true }
      return MetricCatalogue.Manifest(
        through: through ?? state.through, nextSeries: state.nextSeries, nextBlock: state.nextBlock,
        blocks: state.blocks.filter { !gone.contains($0) } + adding,
        seen: state.series.filter { $0.value.first <= $0.value.last }.map { ($0.key, $0.value.first, $0.value.last) })
    }
    try MetricCatalogue.write(manifest, directory)
    state.withLock { state in
      state.blocks = manifest.blocks
      state.through = manifest.through
      state.fault = nil
      also(&state)
    }
    for block in removing {
      cache.forget(block)
      try Folder.remove(file: "\(directory)/\(block.name)")
    }
  }

  /// Joins the files of days that have many, and sums up more coarsely what has become old.
  private func coarsen() throws(SeriesFault) {
    let now = clock.now().seconds
    let days = Dictionary(grouping: state.withLock { $0.blocks }, by: \.day)
    for (day, blocks) in days.sorted(by: { $0.key < $1.key }) {
      let resolution = MetricTime.resolution(age: now - (Int64(day) + 1) * MetricTime.day)
      let isFine = blocks.contains { Int64($0.resolution) < resolution }
      guard isFine || blocks.count >= limits.filesOfDay else { continue }
      let joined = MetricBlockFile(day: day, resolution: UInt16(clamping: resolution), number: number())
      try join(blocks, to: joined, resolution)
      try commit(adding: [joined], removing: blocks, through: nil) { _ in }
    }
  }

  private func join(_ blocks: [MetricBlockFile], to joined: MetricBlockFile, _ resolution: Int64) throws(SeriesFault) {
    var sources: [(file: DataFile, index: MetricBlockIndex)] = []
    for block in blocks {
      guard let source = try cache.open(block) else { throw SeriesFault("\(directory)/\(block.name) is gone.") }
      sources.append(source)
    }
    var writer = try MetricBlockWriter("\(directory)/\(joined.name)")
    for number in Set(sources.flatMap(\.index.numbers)).sorted() {
      var sums: [Int64: (resolution: Int64, value: MetricAggregate)] = [:]
      for source in sources {
        guard let place = source.index.place(number) else { continue }
        try source.index.read(source.file, at: place) { second, old, aggregate in
          let length = max(old, resolution)
          sums[MetricTime.floor(second, length), default: (length, MetricAggregate())].value.merge(aggregate)
        }
      }
      try writer.put(number, sums.map { ($0.key, $0.value.resolution, $0.value.value) }.sorted { $0.0 < $1.0 })
    }
    try writer.finish()
  }

  /// Lets go of whole days before the instant, and coarsens what has become old.
  package func expire(before: Timestamp) async throws(SeriesFault) {
    let day = MetricTime.dayNumber(before.seconds)
    let result: Result<Void, SeriesFault> = await withCheckedContinuation { continuation in
      journal.mover.async {
        do throws(SeriesFault) {
          let old = self.state.withLock { $0.blocks.filter { $0.day < day } }
          if !old.isEmpty { try self.commit(adding: [], removing: old, through: nil) { _ in } }
          try self.coarsen()
          continuation.resume(returning: .success(()))
        } catch { continuation.resume(returning: .failure(error)) }
      }
    }
    try result.get()
  }
}
