import Store
import Synchronization

/// The small numbers that stand for partitions in the tables.
final class PartitionNames: Sendable {
  private struct State {
    var numbers: [Partition: Int64] = [:]
    var names: [Int64: Partition] = [:]
  }
  private let state = Mutex(State())
  /// What else the transactions of a store share.
  let decoded = DecodedRows()

  func known(_ partition: Partition) -> Int64? { state.withLock { $0.numbers[partition] } }
  func known(_ number: Int64) -> Partition? { state.withLock { $0.names[number] } }

  /// Only of committed rows: a number given in a transaction that fails is given again.
  func remember(_ partition: Partition, _ number: Int64) {
    state.withLock { state in
      state.numbers[partition] = number
      state.names[number] = partition
    }
  }
}
