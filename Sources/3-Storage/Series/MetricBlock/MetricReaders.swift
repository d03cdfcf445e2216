import Synchronization

/// Readers of blocks that are not in use: each has some 300 KB of memory that takes longer to get than a block takes to read.
///
/// Sendable by hand: a reader is out of the list while somebody has it.
final class MetricReaders: @unchecked Sendable {
  private static let most = 16
  /// Bytes that one may keep: a damaged block can say that it is large.
  private static let largest = 4 << 20
  private let lock = Mutex<Void>(())
  private var free: [MetricBlockReader] = []

  func take() -> MetricBlockReader { lock.withLock { _ in free.popLast() } ?? MetricBlockReader() }

  func give(_ reader: MetricBlockReader) {
    reader.close()
    lock.withLock { _ in if free.count < Self.most, reader.memory <= Self.largest { free.append(reader) } }
  }
}
