/// Memory for what expressions make out of one event, given back all at once.
final class Arena {
  private static let size = 64 * 1_024
  private let chunk = UnsafeMutablePointer<UInt8>.allocate(capacity: Arena.size)
  @exclusivity(unchecked) private var used = 0
  @exclusivity(unchecked) private var extras: [UnsafeMutablePointer<UInt8>] = []
  /// Bytes asked for since the last reset.
  @exclusivity(unchecked) private(set) var total = 0

  deinit {
    reset()
    chunk.deallocate()
  }

  func allocate(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    total += count
    if used + count <= Self.size {
      defer { used += count }
      return chunk + used
    }
    let extra = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
    extras.append(extra)
    return extra
  }

  func copy(_ bytes: [UInt8]) -> Text {
    guard !bytes.isEmpty else { return .empty }
    let place = allocate(bytes.count)
    bytes.withUnsafeBufferPointer { if let start = $0.baseAddress { place.initialize(from: start, count: $0.count) } }
    return Text(UnsafePointer(place), bytes.count)
  }

  func copy(_ text: Text) -> Text {
    let place = allocate(text.count)
    place.initialize(from: text.start, count: text.count)
    return Text(UnsafePointer(place), text.count)
  }

  @inline(__always)
  func reset() {
    used = 0
    total = 0
    if !extras.isEmpty {
      for extra in extras { extra.deallocate() }
      extras = []
    }
  }
}
