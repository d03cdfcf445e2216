/// Numbers as planes of bytes: all lowest bytes, then all second ones. Planes above the largest number are left out.
enum PlaneCodec {
  @inline(__always)
  static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value &<< 1) ^ (value &>> 63)) }
  @inline(__always)
  static func signed(_ value: UInt64) -> Int64 { Int64(bitPattern: value &>> 1) ^ -Int64(bitPattern: value & 1) }

  /// How many bytes the largest needs, 0...8, when the bits of all are or-ed.
  static func width(_ bits: UInt64) -> Int { (64 - bits.leadingZeroBitCount + 7) / 8 }

  /// The first plane goes to the first stream, the second to the second, all others to the third.
  static func put(_ numbers: UnsafeBufferPointer<UInt64>, width: Int, _ streams: inout MetricStreams) {
    for plane in 0..<width {
      let shift = UInt64(plane * 8)
      streams.append(plane: min(plane, 2), count: numbers.count) { target in
        for place in 0..<numbers.count { target[place] = UInt8(truncatingIfNeeded: numbers[place] &>> shift) }
      }
    }
  }

  /// Reads into the buffer what `put` wrote. Answers false when the streams end before.
  static func get(_ numbers: UnsafeMutableBufferPointer<UInt64>, width: Int, _ streams: inout MetricStreamReader) -> Bool {
    guard width <= 8 else { return false }
    if width == 0 {
      numbers.update(repeating: 0)
      return true
    }
    for plane in 0..<width {
      guard let source = streams.take(plane: min(plane, 2), count: numbers.count) else { return false }
      let shift = UInt64(plane * 8)
      if plane == 0 {
        for place in 0..<numbers.count { numbers[place] = UInt64(source[place]) }
      } else {
        for place in 0..<numbers.count { numbers[place] |= UInt64(source[place]) &<< shift }
      }
    }
    return true
  }
}

/// What a block is made of before it is compressed: its directory and three streams of planes.
struct MetricStreams {
  var directory: [UInt8] = []
  private(set) var planes: [[UInt8]] = [[], [], []]

  var size: Int { directory.count + planes[0].count + planes[1].count + planes[2].count }

  @inline(__always)
  mutating func append(plane: Int, count: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Void) {
    let start = planes[plane].count
    planes[plane].append(contentsOf: repeatElement(0, count: count))
    planes[plane].withUnsafeMutableBufferPointer { bytes in
      if let base = bytes.baseAddress, count > 0 { fill(base + start) }
    }
  }

  mutating func append(last bytes: [UInt8]) { planes[2].append(contentsOf: bytes) }

  mutating func removeAll() {
    directory.removeAll(keepingCapacity: true)
    for place in 0..<3 { planes[place].removeAll(keepingCapacity: true) }
  }
}

/// Takes from the planes of a block in the order they were put.
struct MetricStreamReader {
  private let planes: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, UnsafeRawBufferPointer)
  private var places = (0, 0, 0)

  init(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, _ third: UnsafeRawBufferPointer) {
    planes = (first, second, third)
  }

  @inline(__always)
  mutating func take(plane: Int, count: Int) -> UnsafePointer<UInt8>? {
    let (bytes, place) =
      switch plane {
      case 0: (planes.0, places.0)
      case 1: (planes.1, places.1)
      default: (planes.2, places.2)
      }
    guard count >= 0, count <= bytes.count &- place, let base = bytes.baseAddress else { return nil }
    switch plane {
    case 0: places.0 &+= count
    case 1: places.1 &+= count
    default: places.2 &+= count
    }
    return (base + place).assumingMemoryBound(to: UInt8.self)
  }

  /// Passes over numbers without reading them.
  mutating func skip(count: Int, width: Int) -> Bool {
    for plane in 0..<width { if take(plane: min(plane, 2), count: count) == nil { return false } }
    return true
  }

  mutating func rest(_ count: Int) -> UnsafeRawBufferPointer? {
    if count == 0 { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return take(plane: 2, count: count).map { UnsafeRawBufferPointer(start: $0, count: count) }
  }
}
