import Synchronization

/// The files read last, kept open; no more than a bound of them.
final class OpenFiles: Sendable {
  private struct State {
    var files: [String: (file: DataFile, used: UInt64)] = [:]
    var tick: UInt64 = 0
  }
  private let most: Int
  private let state = Mutex(State())

  init(most: Int) { self.most = most }

  /// Nil when there is no such file.
  func file(_ path: String) throws(SeriesFault) -> DataFile? {
    let known = state.withLock { state -> DataFile? in
      state.tick += 1
      state.files[path]?.used = state.tick
      return state.files[path]?.file
    }
    if let known { return known }
    guard let opened = try DataFile.existing(path) else { return nil }
    state.withLock { state in
      if state.files.count >= most, let oldest = state.files.min(by: { $0.value.used < $1.value.used })?.key { state.files[oldest] = nil }
      state.files[path] = (opened, state.tick)
    }
    return opened
  }

  /// Forgets the file, or all that begin with the path.
  func forget(_ path: String) {
    state.withLock { state in
      for key in state.files.keys.filter({ $0.hasPrefix(path) }) { state.files[key] = nil }
    }
  }

  func forgetAll() { state.withLock { $0.files = [:] } }
}
