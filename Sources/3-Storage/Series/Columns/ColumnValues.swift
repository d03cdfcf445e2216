import SeriesC

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The values of a column while they gather, one behind the other. Belongs to whoever made it, who frees it.
struct ColumnValues {
  /// As many bytes behind the end may be read.
  static let slack = 64
  private var memory: UnsafeMutableRawPointer
  private(set) var ends: UnsafeMutablePointer<UInt32>
  private(set) var count = 0
  private(set) var length = 0
  private var room = 128
  private var places = 16

  init() {
    memory = series_grow(nil, room + Self.slack)
    ends = series_grow(nil, places * MemoryLayout<UInt32>.stride).bindMemory(to: UInt32.self, capacity: places)
  }

  func deallocate() {
    free(memory)
    free(ends)
  }

  var bytes: UnsafePointer<UInt8> { UnsafePointer(memory.assumingMemoryBound(to: UInt8.self)) }

  /// Takes a value; 16 bytes from its start on may be read however short it is.
  @inline(__always)
  mutating func append(_ start: UnsafePointer<UInt8>, _ size: Int) {
    if length &+ size > room || count == places { grow(size) }
    let out = memory + length
    // Nearly all values are short: then two words, of which the next value writes over what was too much.
    out.storeBytes(of: UnsafeRawPointer(start).loadUnaligned(as: UInt64.self), as: UInt64.self)
    out.storeBytes(of: UnsafeRawPointer(start).loadUnaligned(fromByteOffset: 8, as: UInt64.self), toByteOffset: 8, as: UInt64.self)
    if size > 16 { memcpy(out, start, size) }
    length &+= size
    ends[count] = UInt32(truncatingIfNeeded: length)
    count &+= 1
  }

  private mutating func grow(_ more: Int) {
    if length + more > room {
      room = max(room * 2, length + more)
      memory = series_grow(memory, room + Self.slack)
    }
    if count == places {
      places *= 2
      ends = series_grow(ends, places * MemoryLayout<UInt32>.stride).bindMemory(to: UInt32.self, capacity: places)
    }
  }
}

/// A column that is to be written.
struct ColumnInput {
  /// The values one behind the other; more bytes behind them may be read.
  let bytes: UnsafePointer<UInt8>
  /// Where each ends.
  let ends: UnsafePointer<UInt32>
  let count: Int
  /// The time of each event.
  let times: UnsafePointer<Int64>

  init(_ values: ColumnValues, times: UnsafePointer<Int64>) {
    (bytes, ends, count, self.times) = (values.bytes, UnsafePointer(values.ends), values.count, times)
  }

  var all: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: count > 0 ? Int(ends[count - 1]) : 0) }

  @inline(__always)
  func start(_ index: Int) -> Int { index == 0 ? 0 : Int(ends[index &- 1]) }

  @inline(__always)
  func text(_ index: Int) -> (start: UnsafePointer<UInt8>, count: Int) {
    let start = start(index)
    return (bytes + start, Int(ends[index]) &- start)
  }

  /// Whether all values are the same: then each is what lies its length behind it.
  var isConstant: Bool {
    let (size, total) = (Int(ends[0]), Int(ends[count - 1]))
    guard total == size * count, memcmp(bytes, bytes + size, total - size) == 0 else { return false }
    for index in 0..<count where Int(ends[index]) != (index &+ 1) &* size { return false }
    return true
  }

  /// The length of the shortest and of the longest value.
  var lengths: (shortest: Int, longest: Int) {
    var (least, most, last) = (UInt32.max, UInt32(0), UInt32(0))
    for index in 0..<count {
      let end = ends[index]
      least = min(least, end &- last)
      most = max(most, end &- last)
      last = end
    }
    return (Int(least), Int(most))
  }

  /// The kinds of bytes in the values.
  var classes: UInt64 { ByteClasses.all(in: all) }
}
