import Synchronization

/// Reading what there is when the engine is opened.
extension MetricEngine {
  static func load(_ directory: String, _ oldest: Int64, _ state: inout State, _ table: inout SeriesTable) throws(SeriesFault) {
    var manifest = try MetricManifest.read("\(directory)/manifest")
    var identities: [UInt32: MetricSeries.Identity] = [:]
    let catalogue = "\(directory)/\(MetricCatalogue.name)"
    (state.catalogueEnd, state.damage) = try MetricCatalogue.load(catalogue) { identities[$0] = $1 }
    if manifest.version == 1 { try migrate(directory, &manifest, &state.catalogueEnd, &identities) }
    (state.through, state.nextBlock, state.blocks) = (manifest.through, manifest.nextBlock, manifest.blocks)
    state.seen = Array(repeating: Seen(), count: Int(manifest.seen.last?.number ?? 0) + 1)
    for entry in manifest.seen { state.seen[Int(entry.number)] = Seen(first: entry.first, last: entry.last) }
    var filed: [UInt32] = []
    for (number, identity) in identities.sorted(by: { $0.key < $1.key }) {
      let seen = Int(number) < state.seen.count ? state.seen[Int(number)] : Seen()
      // Nothing of a series that was last seen that long ago is left.
      if !seen.isNone, Int64(seen.last) < oldest { continue }
      table.define(number, identity)
      table.setDefined(number)
      filed.append(number)
    }
    table.setFiled(filed)
    table.raise(next: max(manifest.nextSeries, (identities.keys.max() ?? 0) + 1))
    try clean(directory, manifest)
  }

  /// Removes what a move left that did not come to its end, and files of the version before.
  private static func clean(_ directory: String, _ manifest: MetricManifest) throws(SeriesFault) {
    let known = Set(manifest.blocks.map(\.name))
    for name in try Folder.names(directory) where name.hasPrefix("block-") && !known.contains(name) {
      try Folder.remove(file: "\(directory)/\(name)")
    }
    try Folder.remove(file: "\(directory)/\(MetricCatalogue.oldName)")
  }

  /// Writes files of version 1 anew. The manifest changes last, so that it happens or does not happen.
  private static func migrate(
    _ directory: String, _ manifest: inout MetricManifest, _ end: inout Int, _ identities: inout [UInt32: MetricSeries.Identity]
  ) throws(SeriesFault) {
    var old: [UInt32: MetricSeries.Identity] = [:]
    try MetricCatalogue.loadOld("\(directory)/\(MetricCatalogue.oldName)") { old[$0] = $1 }
    let new = old.filter { identities[$0.key] == nil }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    end = try MetricCatalogue.append("\(directory)/\(MetricCatalogue.name)", at: end, new)
    identities.merge(old) { $1 }
    var table = SeriesTable()
    for (number, identity) in identities { table.define(number, identity) }
    var blocks: [MetricBlockFile] = []
    for block in manifest.blocks where block.isOld {
      var fresh = MetricBlockFile(day: block.day, resolution: block.resolution, number: manifest.nextBlock)
      manifest.nextBlock += 1
      fresh.samples = try rewrite("\(directory)/\(block.name)", to: "\(directory)/\(fresh.name)", table)
      blocks.append(fresh)
    }
    manifest.blocks = manifest.blocks.filter { !$0.isOld } + blocks
    manifest.seen.sort { $0.number < $1.number }
    manifest.version = 2
    try manifest.write(directory)
  }

  /// Answers how many samples there are.
  private static func rewrite(_ old: String, to new: String, _ table: SeriesTable) throws(SeriesFault) -> UInt64 {
    guard let file = try DataFile.existing(old) else { return 0 }
    let index = try OldMetricFile(file)
    let writer = try MetricBlockWriter(new, MetricScratch())
    let places = index.numbers.indices.sorted { table.sortKey(index.numbers[$0]) < table.sortKey(index.numbers[$1]) }
    for place in places {
      var merge = MetricMerge()
      try index.read(file, at: place) { second, value in merge.add(second: UInt32(clamping: second), value) }
      merge.settle(1)
      try writer.put(table.sortKey(index.numbers[place]), merge)
    }
    try writer.finish()
    return writer.samples
  }
}

extension MetricMerge {
  /// An aggregate that is no more than a value is one.
  mutating func add(second: UInt32, _ value: MetricAggregate) {
    if value.count == 1, value.min == value.max, value.sum == value.min {
      plain.seconds.append(second)
      plain.values.append(value.min + 0)
    } else {
      rich.append((second, value))
    }
  }
}

extension MetricBlockWriter {
  func put(_ key: UInt64, _ merge: borrowing MetricMerge) throws(SeriesFault) {
    try put(key, merge.plain)
    if !merge.rich.isEmpty { try put(key, merge.rich) }
  }

  /// In the order of time.
  func put(_ key: UInt64, _ column: borrowing PlainColumn) throws(SeriesFault) { try put(key, column, 0..<column.seconds.count) }

  func put(_ key: UInt64, _ column: borrowing PlainColumn, _ places: Range<Int>) throws(SeriesFault) {
    let result = column.seconds.withUnsafeBufferPointer { seconds in
      column.values.withUnsafeBufferPointer { values -> Result<Void, SeriesFault> in
        do throws(SeriesFault) {
          try put(key, UnsafeBufferPointer(rebasing: seconds[places]), UnsafeBufferPointer(rebasing: values[places]))
          return .success(())
        } catch { return .failure(error) }
      }
    }
    try result.get()
  }
}
