import Synchronization

/// A block as it was before compression, with the places of its chunks: what the reads of few series keep, so that the next one need not
/// expand all that lies beside the one it is of.
///
/// Sendable by hand: nobody writes to it once it is made.
final class MetricPlainBlock: @unchecked Sendable {
  /// A chunk, and what of the streams is before it.
  struct Place {
    var chunk: MetricChunk
    var streams: MetricStreamReader
  }
  private let memory: UnsafeMutableRawBufferPointer
  let places: [Place]

  /// Takes over memory in which the directory and the three streams lie. Nil when they do not belong together; the memory is then gone.
  init?(_ memory: UnsafeMutableRawBufferPointer, _ parts: [UnsafeRawBufferPointer]) {
    self.memory = memory
    var places: [Place] = []
    var directory = ByteReader(parts[0])
    var streams = MetricStreamReader(parts[1], parts[2], parts[3])
    var isBroken = false
    while !isBroken, !directory.isAtEnd {
      if let chunk = MetricChunk(&directory, after: places.last?.chunk ?? MetricChunk()) {
        places.append(Place(chunk: chunk, streams: streams))
        isBroken = !chunk.skip(&streams)
      } else {
        isBroken = true
      }
    }
    self.places = places
    if isBroken { return nil }
  }

  deinit { memory.deallocate() }

  /// Bytes that it takes.
  var size: Int { memory.count + places.count * MemoryLayout<Place>.stride + 256 }

  /// The first chunk from a position on whose key is not below.
  func position(_ key: UInt64, from: Int) -> Int {
    var (low, high) = (from, places.count)
    while low < high {
      let middle = (low + high) / 2
      if places[middle].chunk.key < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// The plain blocks read last, in a bounded number of bytes: in two halves, of which the older one goes as a whole when the younger
/// one is full.
final class MetricPlainBlocks: Sendable {
  struct Key: Hashable, Sendable {
    var file: UInt32
    var offset: Int
  }
  private struct State {
    var young: [Key: MetricPlainBlock] = [:]
    var old: [Key: MetricPlainBlock] = [:]
    /// Bytes of the young ones.
    var size = 0

    mutating func add(_ key: Key, _ block: MetricPlainBlock, half: Int) {
      guard block.size <= half, young[key] == nil else { return }
      if size + block.size > half { (old, young, size) = (young, [:], 0) }
      young[key] = block
      size += block.size
    }
  }
  private let half: Int
  private let state = Mutex(State())

  /// - Parameter bytes: that all together take at most.
  init(bytes: Int) { half = bytes / 2 }

  /// Bytes that they take.
  var size: Int { state.withLock { state in state.size + state.old.values.reduce(0) { $0 + $1.size } } }

  func find(_ key: Key) -> MetricPlainBlock? {
    state.withLock { state in
      if let block = state.young[key] { return block }
      guard let block = state.old.removeValue(forKey: key) else { return nil }
      state.add(key, block, half: half)
      return block
    }
  }

  func keep(_ block: MetricPlainBlock, _ key: Key) { state.withLock { $0.add(key, block, half: half) } }

  func forget(file: UInt32) {
    state.withLock { state in
      state.old = state.old.filter { $0.key.file != file }
      state.young = state.young.filter { $0.key.file != file }
      state.size = state.young.values.reduce(0) { $0 + $1.size }
    }
  }

  func forgetAll() { state.withLock { $0 = State() } }
}
