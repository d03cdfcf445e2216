import Synchronization

/// The block files read last, kept open with their indexes, and blocks of them that few series were read of.
final class MetricBlockCache: Sendable {
  typealias Open = (number: UInt32, file: DataFile, index: MetricBlockIndex)
  private struct State {
    var entries: [UInt32: (open: Open, used: UInt64)] = [:]
    var tick: UInt64 = 0
  }
  private let directory: String
  private let most: Int
  private let state = Mutex(State())
  let plain: MetricPlainBlocks

  /// - Parameters:
  ///   - most: files.
  ///   - bytes: of blocks.
  init(directory: String, most: Int, bytes: Int) {
    self.directory = directory
    self.most = most
    plain = MetricPlainBlocks(bytes: bytes)
  }

  /// Nil when the file is gone.
  func open(_ block: MetricBlockFile) throws(SeriesFault) -> Open? {
    let known = state.withLock { state -> Open? in
      state.tick += 1
      state.entries[block.number]?.used = state.tick
      return state.entries[block.number]?.open
    }
    if let known { return known }
    guard let file = try DataFile.existing("\(directory)/\(block.name)") else { return nil }
    let index = try MetricBlockIndex(file)
    state.withLock { state in
      if state.entries.count >= most, let old = state.entries.min(by: { $0.value.used < $1.value.used })?.key { state.entries[old] = nil }
      state.entries[block.number] = ((block.number, file, index), state.tick)
    }
    return (block.number, file, index)
  }

  func forget(_ block: MetricBlockFile) {
    state.withLock { $0.entries[block.number] = nil }
    plain.forget(file: block.number)
  }

  func forgetAll() {
    state.withLock { $0.entries = [:] }
    plain.forgetAll()
  }
}
