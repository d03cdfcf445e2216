#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Samples that are in the journal only: for each series a chain of chunks of eight, in the order they came.
///
/// Sendable by hand: it is changed only under the lock of the engine's state, and no longer once its journal is full.
final class MetricHead: @unchecked Sendable {
  /// A chunk: the one before it (4), how many samples (4), 8 values, 8 seconds.
  private static let chunkBytes = 8 + 64 + 32
  private static let chunksOfSlab = 10_000
  private var slabs: [UnsafeMutableRawPointer] = []
  private var chunks: UInt32 = 0
  /// One more than the last chunk of a series, by its number; 0 without samples.
  private var tails: [UInt32] = []
  /// Series with plain samples, in the order they came.
  private(set) var numbers: [UInt32] = []
  /// What is no plain value: statistic sets and values with counts.
  private(set) var rich: [UInt32: [MetricPoint]] = [:]
  private(set) var count = 0

  init() {}

  deinit { for slab in slabs { munmap(slab, Self.chunksOfSlab * Self.chunkBytes) } }

  var isEmpty: Bool { count == 0 }

  @inline(__always)
  private func chunk(_ number: UInt32) -> UnsafeMutableRawPointer {
    let (slab, place) = Int(number).quotientAndRemainder(dividingBy: Self.chunksOfSlab)
    return slabs[slab] + place &* Self.chunkBytes
  }

  /// Answers whether there was memory for it.
  @inline(__always)
  func add(_ number: UInt32, _ second: UInt32, _ value: Double) -> Bool {
    let place = Int(number)
    if place >= tails.count { grow(place) }
    let tail = tails[place]
    var target: UnsafeMutableRawPointer
    var used = 0
    if tail != 0 {
      target = chunk(tail &- 1)
      used = Int(target.load(fromByteOffset: 4, as: UInt32.self))
      if used == 8 {
        guard let fresh = allocate(after: tail) else { return false }
        tails[place] = chunks
        (target, used) = (fresh, 0)
      }
    } else {
      guard let fresh = allocate(after: 0) else { return false }
      tails[place] = chunks
      numbers.append(number)
      target = fresh
    }
    target.storeBytes(of: value, toByteOffset: 8 &+ used &* 8, as: Double.self)
    target.storeBytes(of: second, toByteOffset: 72 &+ used &* 4, as: UInt32.self)
    target.storeBytes(of: UInt32(used &+ 1), toByteOffset: 4, as: UInt32.self)
    count &+= 1
    return true
  }

  private func grow(_ place: Int) {
    tails.append(contentsOf: repeatElement(0, count: max(1_024, place + 1 - tails.count, tails.count / 4)))
  }

  private func allocate(after: UInt32) -> UnsafeMutableRawPointer? {
    if Int(chunks) == slabs.count * Self.chunksOfSlab {
      let memory = mmap(nil, Self.chunksOfSlab * Self.chunkBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      guard let memory, memory != MAP_FAILED else { return nil }
      slabs.append(memory)
    }
    let fresh = chunk(chunks)
    chunks += 1
    fresh.storeBytes(of: after, as: UInt32.self)
    return fresh
  }

  func add(_ number: UInt32, _ point: MetricPoint) {
    rich[number, default: []].append(point)
    count += 1
  }

  /// Whether the very sample is among the latest 512 of the series.
  func has(_ number: UInt32, _ second: UInt32, _ value: Double) -> Bool {
    var (tail, left) = (Int(number) < tails.count ? tails[Int(number)] : 0, 64)
    while tail != 0, left > 0 {
      left -= 1
      let source = chunk(tail - 1)
      for place in 0..<min(8, Int(source.load(fromByteOffset: 4, as: UInt32.self)))
      where source.load(fromByteOffset: 72 + place * 4, as: UInt32.self) == second
        && source.load(fromByteOffset: 8 + place * 8, as: Double.self) == value
      {
        return true
      }
      tail = source.load(as: UInt32.self)
    }
    return false
  }

  /// Appends the plain samples of a series, in the order they came.
  func copy(_ number: UInt32, to column: inout PlainColumn) {
    guard Int(number) < tails.count, tails[Int(number)] != 0 else { return }
    var chain: [UInt32] = []
    var tail = tails[Int(number)]
    while tail != 0 {
      chain.append(tail - 1)
      tail = chunk(tail - 1).load(as: UInt32.self)
    }
    for number in chain.reversed() {
      let source = chunk(number)
      let used = Int(source.load(fromByteOffset: 4, as: UInt32.self))
      for place in 0..<min(used, 8) {
        column.values.append((source + 8 + place * 8).load(as: Double.self))
        column.seconds.append((source + 72 + place * 4).load(as: UInt32.self))
      }
    }
  }
}

/// Plain samples of one series: seconds since 1970 and values.
struct PlainColumn: Sendable {
  var seconds: [UInt32] = []
  var values: [Double] = []

  mutating func removeAll() {
    seconds.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }

  var isSorted: Bool {
    seconds.withUnsafeBufferPointer { seconds in
      for place in 1..<max(1, seconds.count) where seconds[place] < seconds[place &- 1] { return false }
      return true
    }
  }

  /// In the order of time; samples of one second stay in theirs.
  mutating func sort() {
    if isSorted { return }
    let order = seconds.indices.sorted { seconds[$0] != seconds[$1] ? seconds[$0] < seconds[$1] : $0 < $1 }
    (seconds, values) = (order.map { seconds[$0] }, order.map { values[$0] })
  }
}
