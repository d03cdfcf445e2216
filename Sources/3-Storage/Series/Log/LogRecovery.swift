/// Reads what the files of a group are, and puts together again what is damaged: the catalogue out of the groups' folders, a group's index
/// out of its segments.
struct LogRecovery: Sendable {
  let directory: String
  let keys: LogKeys
  let damage: LogDamage

  private func folder(_ number: UInt32) -> String { LogEngine.folder(directory, number) }

  /// The catalogue, and folders of groups that were deleted.
  func catalogue() throws(SeriesFault) -> (LogCatalogue, left: [UInt32]) {
    var catalogue = try LogCatalogue("\(directory)/catalogue")
    let known = Set(catalogue.groups.values)
    let folders = try Folder.names("\(directory)/groups").compactMap { UInt32($0) }
    catalogue.skip(folders)
    var (found, left) = ([String: UInt32](), [UInt32]())
    for number in folders where !known.contains(number) {
      if catalogue.removed.contains(number) {
        left.append(number)
      } else if let group = try LogIndexFile.group(LogEngine.index(directory, number)), catalogue.groups[group] == nil {
        found[group] = number
        damage.report(.damage("\(directory)/catalogue did not name the log group of \(folder(number)); it is read from there."))
      } else {
        damage.report(.damage("\(folder(number)) belongs to no log group that is known: it is left as it is."))
      }
    }
    if let fault = catalogue.damage { damage.report(fault) }
    if catalogue.damage != nil || !found.isEmpty { try catalogue.adopt(found) }
    return (catalogue, left)
  }

  /// Brings what a group's folder holds to memory.
  ///
  /// - Parameters:
  ///   - floor: events before this number are in no journal.
  ///   - isKnown: whether there is a group of that name.
  func load(
    _ group: String, _ number: UInt32, into state: inout LogGroupState, floor: UInt64?, isKnown: (String) -> Bool
  ) throws(SeriesFault) {
    let index = LogEngine.index(directory, number)
    let condition = try LogIndexFile.load(index, group: group, into: &state)
    let (deletions, faults) = try LogDeletions.load(folder(number))
    for fault in faults { damage.report(fault) }
    if faults.count > 1, condition == .damaged {
      damage.report(
        .damage("\(index) is damaged and both files that say what was deleted are: deleted events of \(group) may be there again."))
    }
    state.deletions = deletions
    defer { for entry in deletions.entries { state.apply(entry.drop) } }
    var sizes: [UInt32: Int] = [:]
    for name in try Folder.names(folder(number)) where name.hasPrefix("segment-") {
      guard let segment = UInt32(name.dropFirst("segment-".count)) else { continue }
      sizes[segment] = try DataFile.existing("\(folder(number))/\(name)")?.size ?? 0
    }
    if condition == .damaged, !sizes.isEmpty, let owner = try LogIndexFile.group(index), owner != group, isKnown(owner) {
      throw SeriesFault("\(index) belongs to another group than \(group): \(owner).")
    }
    leaveOut(&state, number, sizes)
    let last = sizes.keys.max() ?? 0
    // A move that was cut short leaves more in segments than the index knows, too: the journal still has that.
    guard condition != .whole || last > state.segment || sizes[state.segment, default: 0] > state.end, !sizes.isEmpty else { return }
    let reader = LogSegmentReader(group: group, folder: folder(number), keys: keys, damage: damage)
    let isFound = try reader.read(sizes.keys.sorted(), into: &state, floor: floor ?? .max, isTail: condition != .damaged)
    if condition != .damaged, !isFound { return }
    for entry in deletions.entries { state.apply(entry.drop) }
    damage.report(.damage("\(index) is damaged or cut off: it was put together again out of the group's segments."))
    (state.segment, state.end) = (last, sizes[last] ?? 0)
    if let floor { state.through = max(state.through, floor &- 1) }
    try write(&state, group, index)
  }

  /// Forgets blocks whose files are gone or end before them.
  private func leaveOut(_ state: inout LogGroupState, _ number: UInt32, _ sizes: [UInt32: Int]) {
    func isGone(_ file: UInt32, _ offset: UInt32, _ length: UInt32) -> Bool { Int(offset) + Int(length) > sizes[file, default: 0] }
    var gone: Set<UInt32> = []
    for (place, slab) in state.slabs where isGone(place.file, place.offset, slab.length) {
      state.slabs[place] = nil
      gone.insert(place.file)
    }
    if gone.isEmpty, !state.hasRowBlocks { return }
    for (name, stream) in state.streams {
      let lost = stream.moved.filter { isGone($0.file, $0.offset, $0.length) }
      if lost.isEmpty { continue }
      gone.formUnion(lost.map(\.file))
      state.streams[name]?.replace(moved: stream.moved.filter { !isGone($0.file, $0.offset, $0.length) })
      if state.streams[name]?.isEmpty ?? false { state.streams[name] = nil }
    }
    for file in gone.sorted() {
      let fate = sizes[file] == nil ? "is gone" : "is cut off"
      damage.report(.damage("\(folder(number))/segment-\(file) \(fate): events that were in it are lost."))
    }
  }

  private func write(_ state: inout LogGroupState, _ group: String, _ path: String) throws(SeriesFault) {
    let streams = state.streams.sorted { $0.key < $1.key }.filter { !$0.value.moved.isEmpty }
    let entry = LogIndexFile.Moved(
      segment: state.segment, end: state.end, through: state.through, slabs: state.slabs,
      streams: streams.map { ($0.key, $0.value.lastIngested, $0.value.moved) })
    let bytes = LogIndexFile.head(group) + LogIndexFile.frame(entry)
    let fresh = try DataFile.writable("\(path).new")
    try fresh.truncate(to: 0)
    try fresh.write(bytes, at: 0)
    try fresh.sync()
    try Folder.rename("\(path).new", to: path)
    state.indexEnd = bytes.count
  }
}
