/// What a block's directory says of one chunk: at most `most` samples of one series, in the order of time.
struct MetricChunk {
  static let most = 8_192
  enum Form: UInt8 {
    /// All values are the same.
    case constant = 0
    /// Whole numbers with an exponent, each as the difference to the one before.
    case delta = 1
    /// The same, as the difference of differences.
    case deltaOfDelta = 2
    /// Doubles, each with the bits that differ from the one before.
    case bits = 3
    /// Aggregates.
    case rich = 4
  }
  var key: UInt64 = 0
  var count = 0
  var form = Form.constant
  var first: UInt32 = 0
  var last: UInt32 = 0
  /// Seconds between samples; nil when they differ.
  var step: UInt32?
  /// Bytes of differences of time and of value.
  var timeWidth = 0
  var width = 0
  var exponent = 0
  /// Zero bits that all differences end with.
  var shift: UInt8 = 0
  /// The first value: a whole number or bits.
  var start: Int64 = 0
  var startDelta: Int64 = 0
  var richBytes = 0

  private static let hasStep: UInt8 = 8

  func write(_ bytes: inout [UInt8], after: MetricChunk) {
    let group = key >> 32 &- after.key >> 32
    bytes.put(varint: group)
    bytes.put(varint: group == 0 ? key &- after.key : key & 0xFFFF_FFFF)
    bytes.append(form.rawValue | (step == nil ? 0 : Self.hasStep))
    bytes.put(varint: count)
    bytes.put(signed: Int64(first) - Int64(after.first))
    bytes.put(varint: UInt64(last - first))
    if form == .rich {
      bytes.put(varint: richBytes)
      return
    }
    if let step { bytes.put(varint: UInt64(step)) } else { bytes.append(UInt8(timeWidth)) }
    bytes.put(signed: start)
    if form != .bits { bytes.append(UInt8(exponent)) }
    if form == .constant { return }
    bytes.append(UInt8(width))
    if form == .bits { return }
    bytes.append(shift)
    if form == .deltaOfDelta { bytes.put(signed: startDelta) }
  }

  /// Nil when it is none.
  init?(_ reader: inout ByteReader, after: MetricChunk) {
    let (group, number) = (reader.varint(), reader.varint())
    key = group == 0 ? after.key &+ number : (after.key >> 32 &+ group) << 32 | (number & 0xFFFF_FFFF)
    let tag = reader.fixed(UInt8.self)
    guard let form = Form(rawValue: tag & 7) else { return nil }
    self.form = form
    count = Int(clamping: reader.varint())
    first = UInt32(truncatingIfNeeded: Int64(after.first) &+ reader.signed())
    last = first &+ UInt32(truncatingIfNeeded: reader.varint())
    guard count > 0, count <= Self.most, last >= first else { return nil }
    if form == .rich {
      richBytes = Int(clamping: reader.varint())
    } else {
      if tag & Self.hasStep != 0 { step = UInt32(truncatingIfNeeded: reader.varint()) } else { timeWidth = Int(reader.fixed(UInt8.self)) }
      start = reader.signed()
      if form != .bits { exponent = Int(reader.fixed(UInt8.self)) }
      if form != .constant {
        width = Int(reader.fixed(UInt8.self))
        if form != .bits { shift = reader.fixed(UInt8.self) }
        if form == .deltaOfDelta { startDelta = reader.signed() }
      }
    }
    guard !reader.isBroken, timeWidth <= 4, width <= 8, shift < 64, exponent <= DecimalScale.most else { return nil }
  }

  init() {}
}

/// Memory that chunks are written and read with; one for each thread.
final class MetricScratch {
  let numbers = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: MetricChunk.most)
  let seconds = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: MetricChunk.most)
  let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: MetricChunk.most)

  init() {
    numbers.initialize(repeating: 0)
    seconds.initialize(repeating: 0)
    values.initialize(repeating: 0)
  }

  deinit {
    numbers.deallocate()
    seconds.deallocate()
    values.deallocate()
  }

  func numbers(_ count: Int) -> UnsafeMutableBufferPointer<UInt64> { UnsafeMutableBufferPointer(rebasing: numbers[..<count]) }
}
