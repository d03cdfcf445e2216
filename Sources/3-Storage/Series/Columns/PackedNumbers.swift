/// Whole numbers in runs of 128, each with as many bits a number as its run needs above the least; or the differences between
/// neighbours so. Any number can be had alone.
///
/// `mode(1) widths(one a run) bases(signed varints, each less the one before) bits`. With differences a base is a run's first number, and
/// a second list has the least difference of each run.
enum PackedNumbers {
  static let run = 128
  static let plain: UInt8 = 0
  static let differences: UInt8 = 1

  /// Appends the numbers in the smaller way.
  static func put(_ numbers: UnsafeBufferPointer<Int64>, to bytes: inout [UInt8]) {
    let runs = (numbers.count + run - 1) / run
    var (low, width, step, stepWidth) = ([Int64](), [UInt8](), [Int64](), [UInt8]())
    var (size, stepSize) = (0, 0)
    for place in 0..<runs {
      let part = UnsafeBufferPointer(rebasing: numbers[(place * run)..<min((place + 1) * run, numbers.count)])
      var (least, most, leastStep, mostStep) = (part[0], part[0], Int64.max, Int64.min)
      for offset in 1..<max(part.count, 1) {
        let number = part[offset]
        least = min(least, number)
        most = max(most, number)
        let difference = number &- part[offset &- 1]
        leastStep = min(leastStep, difference)
        mostStep = max(mostStep, difference)
      }
      if part.count < 2 { (leastStep, mostStep) = (0, 0) }
      low.append(least)
      width.append(bits(UInt64(bitPattern: most &- least)))
      step.append(leastStep)
      // Differences that wrap around still add up to the numbers.
      stepWidth.append(bits(UInt64(bitPattern: mostStep &- leastStep)))
      size += Int(width[place]) * 16 + 2
      stepSize += Int(stepWidth[place]) * 16 + 4
    }
    let isSteps = stepSize < size
    bytes.append(isSteps ? differences : plain)
    bytes += isSteps ? stepWidth : width
    var last: Int64 = 0
    for place in 0..<runs {
      let base = isSteps ? numbers[place * run] : low[place]
      bytes.put(signed: base &- last)
      last = base
    }
    last = 0
    if isSteps {
      for place in 0..<runs {
        bytes.put(signed: step[place] &- last)
        last = step[place]
      }
    }
    for place in 0..<runs {
      let bounds = (place * run)..<min((place + 1) * run, numbers.count)
      pack(numbers, bounds, isSteps ? step[place] : low[place], isSteps, Int(isSteps ? stepWidth[place] : width[place]), &bytes)
    }
  }

  static func bits(_ value: UInt64) -> UInt8 { UInt8(64 - value.leadingZeroBitCount) }

  private static func pack(
    _ numbers: UnsafeBufferPointer<Int64>, _ bounds: Range<Int>, _ base: Int64, _ isSteps: Bool, _ width: Int, _ bytes: inout [UInt8]
  ) {
    if width == 0 { return }
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: width * 16 + 8))
    bytes.withUnsafeMutableBytes { all in
      guard let out = all.baseAddress.map({ $0 + start }) else { return }
      var (word, filled, place): (UInt64, Int, Int) = (0, 0, 0)
      for index in bounds {
        let number = isSteps ? (index == bounds.lowerBound ? 0 : numbers[index] &- numbers[index &- 1] &- base) : numbers[index] &- base
        let value = UInt64(bitPattern: number)
        word |= value &<< UInt64(filled)
        filled &+= width
        if filled >= 64 {
          out.storeBytes(of: word.littleEndian, toByteOffset: place, as: UInt64.self)
          place &+= 8
          filled &-= 64
          // What did not fit.
          word = filled == 0 ? 0 : value >> UInt64(width &- filled)
        }
      }
      if filled > 0 { out.storeBytes(of: word.littleEndian, toByteOffset: place, as: UInt64.self) }
    }
    bytes.removeLast(8)
  }
}

/// Reads what `PackedNumbers` wrote; the bytes are somebody else's, with 16 more behind them that may be read.
final class PackedReader {
  let count: Int
  /// Bytes of it all.
  let length: Int
  private let bits: UnsafePointer<UInt8>
  private let isSteps: Bool
  private let widths: UnsafePointer<UInt8>
  private let bases: UnsafeMutablePointer<Int64>
  private let steps: UnsafeMutablePointer<Int64>
  private let places: UnsafeMutablePointer<UInt32>
  private let buffer: UnsafeMutablePointer<Int64>
  @exclusivity(unchecked) private var held = -1

  /// Nil when the bytes are not what was written.
  init?(_ bytes: UnsafeRawBufferPointer, count: Int) {
    let runs = (count + PackedNumbers.run - 1) / PackedNumbers.run
    guard let start = bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count > runs else { return nil }
    let isSteps = start[0] == PackedNumbers.differences
    var reader = ByteReader(bytes, at: 1 + runs)
    let bases = UnsafeMutablePointer<Int64>.allocate(capacity: max(runs, 1))
    let steps = UnsafeMutablePointer<Int64>.allocate(capacity: max(runs, 1))
    let places = UnsafeMutablePointer<UInt32>.allocate(capacity: max(runs, 1))
    var last: Int64 = 0
    for place in 0..<runs {
      last = last &+ reader.signed()
      bases[place] = last
    }
    last = 0
    if isSteps {
      for place in 0..<runs {
        last = last &+ reader.signed()
        steps[place] = last
      }
    }
    var (size, isWhole) = (reader.place, !reader.isBroken)
    for place in 0..<runs {
      places[place] = UInt32(truncatingIfNeeded: size)
      if start[1 + place] > 64 { isWhole = false }
      size += Int(start[1 + place]) * 16
    }
    (self.count, length, self.bits, self.isSteps, widths) = (count, size, start, isSteps, start + 1)
    (self.bases, self.steps, self.places) = (bases, steps, places)
    buffer = .allocate(capacity: PackedNumbers.run)
    if !isWhole || size > bytes.count { return nil }
  }

  deinit {
    bases.deallocate()
    steps.deallocate()
    places.deallocate()
    buffer.deallocate()
  }

  @inline(__always)
  subscript(index: Int) -> Int64 {
    let run = index >> 7
    if isSteps {
      if held != run { fill(run) }
      return buffer[index & 127]
    }
    let width = Int(widths[run])
    if width == 0 { return bases[run] }
    return bases[run] &+ Int64(bitPattern: value(Int(places[run]), index & 127, width))
  }

  @inline(__always)
  private func value(_ place: Int, _ index: Int, _ width: Int) -> UInt64 {
    let bit = index &* width
    let raw = UnsafeRawPointer(bits).advanced(by: place &+ (bit >> 3))
    let shift = UInt64(bit & 7)
    let low = UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self)) >> shift
    if width &+ Int(shift) <= 64 { return width == 64 ? low : low & ((1 << UInt64(width)) &- 1) }
    let high = UInt64(raw.load(fromByteOffset: 8, as: UInt8.self)) << (64 &- shift)
    return width == 64 ? low | high : (low | high) & ((1 << UInt64(width)) &- 1)
  }

  private func fill(_ run: Int) {
    decode(run, into: buffer)
    held = run
  }

  /// All numbers of a run; answers how many.
  @inline(__always)
  @discardableResult
  func decode(_ run: Int, into out: UnsafeMutablePointer<Int64>) -> Int {
    let many = min(PackedNumbers.run, count &- run &* PackedNumbers.run)
    let (width, place, base) = (Int(widths[run]), Int(places[run]), bases[run])
    if isSteps {
      var number = base
      let step = steps[run]
      out[0] = number
      if width == 0 {
        for index in 1..<max(many, 1) {
          number = number &+ step
          out[index] = number
        }
      } else {
        for index in 1..<max(many, 1) {
          number = number &+ step &+ Int64(bitPattern: value(place, index, width))
          out[index] = number
        }
      }
    } else if width == 0 {
      for index in 0..<many { out[index] = base }
    } else {
      for index in 0..<many { out[index] = base &+ Int64(bitPattern: value(place, index, width)) }
    }
    return many
  }

  /// All numbers; there must be room for `count`.
  func all(into out: UnsafeMutablePointer<Int64>) {
    var start = 0
    while start < count {
      decode(start >> 7, into: out + start)
      start += PackedNumbers.run
    }
  }
}
