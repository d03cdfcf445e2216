extension MetricChunk {
  /// Puts plain samples, sorted by time, at most `most` of them, into the streams of a block.
  static func put(
    _ key: UInt64, _ seconds: UnsafeBufferPointer<UInt32>, _ values: UnsafeBufferPointer<Double>, _ streams: inout MetricStreams,
    after: inout MetricChunk, _ scratch: MetricScratch
  ) {
    guard let first = seconds.first, let last = seconds.last, seconds.count == values.count, seconds.count <= most else { return }
    var chunk = MetricChunk()
    (chunk.key, chunk.count, chunk.first, chunk.last) = (key, seconds.count, first, last)
    chunk.putTimes(seconds, &streams, scratch)
    chunk.putValues(values, &streams, scratch)
    chunk.write(&streams.directory, after: after)
    after = chunk
  }

  private mutating func putTimes(_ seconds: UnsafeBufferPointer<UInt32>, _ streams: inout MetricStreams, _ scratch: MetricScratch) {
    let count = seconds.count
    let regular = count > 1 ? seconds[1] &- seconds[0] : 0
    var place = 1
    while place < count, seconds[place] &- seconds[place &- 1] == regular { place &+= 1 }
    if place >= count {
      step = regular
      return
    }
    let numbers = scratch.numbers(count - 1)
    var bits: UInt64 = 0
    for place in 1..<count {
      let delta = UInt64(seconds[place] &- seconds[place &- 1])
      numbers[place &- 1] = delta
      bits |= delta
    }
    timeWidth = PlaneCodec.width(bits)
    PlaneCodec.put(UnsafeBufferPointer(numbers), width: timeWidth, &streams)
  }

  private mutating func putValues(_ values: UnsafeBufferPointer<Double>, _ streams: inout MetricStreams, _ scratch: MetricScratch) {
    let count = values.count
    guard let exponent = scale(values, scratch) else { return putBits(values, &streams, scratch) }
    self.exponent = exponent
    let whole = scratch.numbers
    start = Int64(bitPattern: whole[0])
    form = .constant
    if count == 1 { return }
    // In place, from the end: differences and what it would take to write differences of these.
    var (once, twice, bits, bitsTwice): (Int, Int, UInt64, UInt64) = (0, 0, 0, 0)
    var before = Int64(bitPattern: whole[1]) &- start
    startDelta = before
    once = 64 &- PlaneCodec.zigzag(before).leadingZeroBitCount
    bits = UInt64(bitPattern: before)
    var previous = Int64(bitPattern: whole[1])
    whole[1] = UInt64(bitPattern: before)
    for place in 2..<max(2, count) {
      let now = Int64(bitPattern: whole[place])
      let delta = now &- previous
      let second = delta &- before
      whole[place] = UInt64(bitPattern: delta)
      once &+= 64 &- PlaneCodec.zigzag(delta).leadingZeroBitCount
      twice &+= 64 &- PlaneCodec.zigzag(second).leadingZeroBitCount
      bits |= UInt64(bitPattern: delta)
      bitsTwice |= UInt64(bitPattern: second)
      (previous, before) = (now, delta)
    }
    if bits == 0 { return }
    form = twice < once ? .deltaOfDelta : .delta
    let isTwice = form == .deltaOfDelta
    let all = isTwice ? bitsTwice : bits
    shift = all == 0 ? 0 : UInt8(all.trailingZeroBitCount)
    let from = isTwice ? 2 : 1
    var (last, zigzagged) = (startDelta, UInt64(0))
    for place in from..<max(from, count) {
      let delta = Int64(bitPattern: whole[place])
      let number = PlaneCodec.zigzag((isTwice ? delta &- last : delta) &>> Int64(shift))
      last = delta
      whole[place] = number
      zigzagged |= number
    }
    width = PlaneCodec.width(zigzagged)
    PlaneCodec.put(UnsafeBufferPointer(rebasing: whole[from..<max(from, count)]), width: width, &streams)
  }

  /// Makes whole numbers of the values, with the least exponent that all have in common; nil when that is not possible.
  private func scale(_ values: UnsafeBufferPointer<Double>, _ scratch: MetricScratch) -> Int? {
    DecimalScale.powers.withUnsafeBufferPointer { powers -> Int? in
      guard let powers = powers.baseAddress else { return nil }
      var (exponent, place) = (0, 0)
      let count = values.count
      while place < count {
        let value = values[place]
        let power = powers[exponent]
        let scaled = (value * power).rounded()
        if scaled.magnitude <= DecimalScale.largest, scaled / power == value {
          scratch.numbers[place] = UInt64(bitPattern: Int64(scaled))
          place &+= 1
          continue
        }
        guard scaled.magnitude <= DecimalScale.largest, let finer = DecimalScale.exponent(value, from: exponent + 1, powers) else {
          return nil
        }
        exponent = finer
        place = 0
      }
      return exponent
    }
  }

  private mutating func putBits(_ values: UnsafeBufferPointer<Double>, _ streams: inout MetricStreams, _ scratch: MetricScratch) {
    form = .bits
    start = Int64(bitPattern: values[0].bitPattern)
    let numbers = scratch.numbers(values.count - 1)
    var bits: UInt64 = 0
    for place in 1..<max(1, values.count) {
      let number = values[place].bitPattern ^ values[place &- 1].bitPattern
      numbers[place &- 1] = number
      bits |= number
    }
    width = PlaneCodec.width(bits)
    PlaneCodec.put(UnsafeBufferPointer(numbers), width: width, &streams)
  }

  /// Puts aggregates, sorted by time, at most `most` of them.
  static func put(
    _ key: UInt64, _ aggregates: ArraySlice<(second: UInt32, value: MetricAggregate)>, _ streams: inout MetricStreams,
    after: inout MetricChunk
  ) {
    guard let first = aggregates.first?.second, let last = aggregates.last?.second else { return }
    var bytes: [UInt8] = []
    var before = first
    for (second, value) in aggregates {
      bytes.put(varint: UInt64(second - before))
      value.writePacked(&bytes)
      before = second
    }
    var chunk = MetricChunk()
    (chunk.key, chunk.count, chunk.first, chunk.last, chunk.form) = (key, aggregates.count, first, last, .rich)
    chunk.richBytes = bytes.count
    streams.append(last: bytes)
    chunk.write(&streams.directory, after: after)
    after = chunk
  }
}
