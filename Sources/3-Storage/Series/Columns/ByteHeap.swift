#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bytes that grow, with room behind them that may be read and written ahead. Belongs to one thread.
final class ByteHeap {
  /// May be touched behind the end.
  static let slack = 64
  private(set) var base: UnsafeMutablePointer<UInt8>
  @exclusivity(unchecked) var count = 0
  @exclusivity(unchecked) private var capacity: Int

  init(_ capacity: Int = 1 << 12) {
    self.capacity = max(capacity, 64)
    base = .allocate(capacity: self.capacity + Self.slack)
  }

  deinit { base.deallocate() }

  /// Makes room for so many more bytes.
  @inline(__always)
  func reserve(_ more: Int) {
    if count &+ more > capacity { grow(more) }
  }

  private func grow(_ more: Int) {
    let wanted = max(capacity * 2, count + more)
    let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted + Self.slack)
    memcpy(fresh, base, count)
    base.deallocate()
    (base, capacity) = (fresh, wanted)
  }

  @inline(__always)
  func append(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
    reserve(length)
    memcpy(base + count, bytes, length)
    count &+= length
  }

  func append(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { if let start = $0.baseAddress { append(start, $0.count) } } }

  var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
}

/// Numbers that grow. Belongs to one thread.
final class NumberHeap<Number: FixedWidthInteger> {
  private(set) var base: UnsafeMutablePointer<Number>
  @exclusivity(unchecked) private(set) var count = 0
  @exclusivity(unchecked) private var capacity: Int

  init(_ capacity: Int = 64) {
    self.capacity = max(capacity, 1)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  @inline(__always)
  func append(_ number: Number) {
    if count == capacity { grow() }
    base[count] = number
    count &+= 1
  }

  private func grow() {
    let fresh = UnsafeMutablePointer<Number>.allocate(capacity: capacity * 2)
    fresh.update(from: base, count: count)
    base.deallocate()
    (base, capacity) = (fresh, capacity * 2)
  }

  func removeAll() { count = 0 }

  /// Has so many numbers, which are to be written.
  func resize(to wanted: Int) {
    if wanted > capacity {
      base.deallocate()
      capacity = max(wanted, capacity * 2)
      base = .allocate(capacity: capacity)
    }
    count = wanted
  }

  var all: UnsafeBufferPointer<Number> { UnsafeBufferPointer(start: base, count: count) }

  @inline(__always)
  subscript(place: Int) -> Number { base[place] }
}
