#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Gives the values of a column one by one. Belongs to one thread; lives no longer than the block's reader.
final class ColumnReader {
  private enum Kind { case constant, time, numbers, addresses, hexadecimal, words, texts }
  let spec: ColumnSpec
  let count: Int
  private let kind: Kind
  private(set) var packed: PackedReader?
  /// Constants, words, texts.
  private var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Where words or texts begin, one more than there are; words have their ends in `ends`.
  private var starts: [UInt32] = []
  private var ends: [UInt32] = []
  private var text = NumberWriter()
  private var timeKind: UInt8 = 0
  private var width = 0
  private var clock = TimeText()

  init(_ spec: ColumnSpec, count: Int, _ reader: SlabReader) throws(SeriesFault) {
    (self.spec, self.count) = (spec, count)
    switch spec.values {
    case .constant(let value):
      kind = .constant
      bytes = try reader.bytes(.inline(value))
    case .time(let time):
      kind = .time
      timeKind = time
    case .numbers(let text, let part):
      kind = .numbers
      let prefix = try reader.bytes(.inline(text.prefix))
      self.text = NumberWriter(text, prefix, try reader.bytes(.inline(text.suffix)))
      packed = try reader.packed(part, count: count)
    case .addresses(let part):
      kind = .addresses
      packed = try reader.packed(part, count: count)
    case .hexadecimal(let width, let part):
      kind = .hexadecimal
      self.width = width
      bytes = try reader.bytes(part)
      guard width > 0, bytes.count >= width * count else { throw reader.damaged }
    case .words(let many, let words, let numbers):
      kind = .words
      bytes = try reader.bytes(words)
      packed = try reader.packed(numbers, count: count)
      var place = ByteReader(bytes)
      for _ in 0..<many where !place.isBroken {
        let span = place.span()
        starts.append(UInt32(truncatingIfNeeded: span.lowerBound))
        ends.append(UInt32(truncatingIfNeeded: span.upperBound))
      }
      if place.isBroken || many == 0 { throw reader.damaged }
    case .texts(let lengths, let part):
      kind = .texts
      bytes = try reader.bytes(part)
      let packed = try reader.packed(lengths, count: count)
      var place = 0
      starts.reserveCapacity(count + 1)
      for index in 0..<count {
        starts.append(UInt32(truncatingIfNeeded: place))
        place = place &+ Int(truncatingIfNeeded: packed[index] & 0xFFFF_FFFF)
        if place > bytes.count { throw reader.damaged }
      }
      starts.append(UInt32(truncatingIfNeeded: place))
    }
  }

  var isTime: Bool { kind == .time }

  /// The different values of a column of words; a constant is one.
  var words: Int? {
    switch kind {
    case .constant: 1
    case .words: starts.count
    default: nil
    }
  }

  func word(_ number: Int) -> UnsafeBufferPointer<UInt8> {
    let all = bytes.bindMemory(to: UInt8.self)
    if kind == .constant { return all }
    return UnsafeBufferPointer(rebasing: all[Int(starts[number])..<Int(ends[number])])
  }

  /// The number of an event's word.
  @inline(__always)
  func wordNumber(_ index: Int) -> Int {
    guard let packed, kind == .words else { return 0 }
    // Whatever a damaged block says.
    return min(max(Int(truncatingIfNeeded: packed[index]), 0), starts.count &- 1)
  }

  /// Appends the value of an event.
  @inline(__always)
  func append(_ index: Int, time: Int64, to out: ByteHeap) {
    switch kind {
    case .constant:
      if let start = bytes.bindMemory(to: UInt8.self).baseAddress { out.append(start, bytes.count) }
    case .numbers:
      out.reserve(160)
      if let packed { out.count &+= text.write(packed[index], out.base + out.count) }
    case .words:
      let number = wordNumber(index)
      let (start, end) = (Int(starts[number]), Int(ends[number]))
      if let base = bytes.bindMemory(to: UInt8.self).baseAddress { out.append(base + start, end &- start) }
    case .time:
      out.reserve(40)
      out.count &+= clock.write(timeKind, time, out.base + out.count)
    case .addresses:
      out.reserve(16)
      if let packed { out.count &+= AddressText.write(UInt32(truncatingIfNeeded: packed[index]), out.base + out.count) }
    case .hexadecimal: appendHexadecimal(index, out)
    case .texts:
      let (start, end) = (Int(starts[index]), Int(starts[index &+ 1]))
      if let base = bytes.bindMemory(to: UInt8.self).baseAddress { out.append(base + start, end &- start) }
    }
  }

  private func appendHexadecimal(_ index: Int, _ out: ByteHeap) {
    out.reserve(2 &* width)
    guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
    let (from, to) = (base + index &* width, out.base + out.count)
    for place in 0..<width {
      let (high, low) = (from[place] >> 4, from[place] & 15)
      to[2 &* place] = high &+ (high < 10 ? 48 : 87)
      to[2 &* place &+ 1] = low &+ (low < 10 ? 48 : 87)
    }
    out.count &+= 2 &* width
  }
}

/// Makes messages of a shape anew.
final class ShapeReader {
  let shape: SlabShape
  let columns: [ColumnReader]
  private let pieces: UnsafeMutablePointer<(start: UnsafePointer<UInt8>, count: Int)>
  /// The columns once more: counting references takes longer than reading.
  private let bare: UnsafeMutablePointer<Unmanaged<ColumnReader>>
  private let count: Int
  private let memory: ByteHeap
  let needsTimes: Bool
  private let isWhole: Bool

  convenience init(_ shape: SlabShape, _ reader: SlabReader) throws(SeriesFault) {
    var columns: [ColumnReader] = []
    for column in shape.columns { columns.append(try ColumnReader(column, count: shape.rows, reader)) }
    self.init(shape, columns)
  }

  init(_ shape: SlabShape, _ columns: [ColumnReader]) {
    self.shape = shape
    self.columns = columns
    needsTimes = columns.contains { $0.isTime }
    let memory = ByteHeap(max(shape.bytes.count, 64))
    memory.append(shape.bytes)
    self.memory = memory
    pieces = .allocate(capacity: shape.pieces.count)
    for (place, piece) in shape.pieces.enumerated() {
      (pieces + place).initialize(to: (UnsafePointer(memory.base + piece.lowerBound), piece.count))
    }
    count = columns.count
    bare = .allocate(capacity: max(count, 1))
    for (place, column) in columns.enumerated() { (bare + place).initialize(to: .passUnretained(column)) }
    isWhole = shape.flags & SlabFlags.whole != 0
  }

  deinit {
    pieces.deallocate()
    bare.deallocate()
  }

  /// Appends the message of the event with that number among those of the shape.
  @inline(__always)
  func append(_ index: Int, time: Int64, to out: ByteHeap) {
    if isWhole { return columns[0].append(index, time: time, to: out) }
    for place in 0..<count {
      out.append(pieces[place].start, pieces[place].count)
      bare[place]._withUnsafeGuaranteedRef { $0.append(index, time: time, to: out) }
    }
    out.append(pieces[count].start, pieces[count].count)
  }
}
