import Synchronization

/// Heads of blocks of columns that were read last; bounded.
final class LogHeadCache: Sendable {
  struct Key: Hashable {
    var group: UInt32
    var place: SlabPlace
  }
  private struct State {
    var heads: [Key: (head: SlabHead, used: UInt64)] = [:]
    var bytes = 0
    var tick: UInt64 = 0
  }
  private let most: Int
  private let state = Mutex(State())

  init(most: Int) { self.most = most }

  func head(_ key: Key) -> SlabHead? {
    state.withLock { state in
      state.tick += 1
      state.heads[key]?.used = state.tick
      return state.heads[key]?.head
    }
  }

  func keep(_ head: SlabHead, _ key: Key) {
    state.withLock { state in
      state.bytes += head.footprint - (state.heads[key]?.head.footprint ?? 0)
      state.heads[key] = (head, state.tick)
      if state.bytes <= most { return }
      for (key, entry) in state.heads.sorted(by: { $0.value.used < $1.value.used }) {
        if state.bytes <= most * 3 / 4 { return }
        state.bytes -= entry.head.footprint
        state.heads[key] = nil
      }
    }
  }

  /// A group's blocks moved or are gone.
  func forget(_ group: UInt32) {
    state.withLock { state in
      for (key, entry) in state.heads where key.group == group {
        state.bytes -= entry.head.footprint
        state.heads[key] = nil
      }
    }
  }
}
