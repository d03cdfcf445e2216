extension MetricChunk {
  /// Passes over the chunk.
  func skip(_ streams: inout MetricStreamReader) -> Bool {
    if form == .rich { return streams.rest(richBytes) != nil }
    if step == nil, !streams.skip(count: count - 1, width: timeWidth) { return false }
    switch form {
    case .constant, .rich: return true
    case .delta, .bits: return streams.skip(count: count - 1, width: width)
    case .deltaOfDelta: return streams.skip(count: max(0, count - 2), width: width)
    }
  }

  /// Reads plain samples to the scratch. Answers false when they are damaged.
  func get(_ streams: inout MetricStreamReader, _ scratch: MetricScratch) -> Bool {
    guard form != .rich, getTimes(&streams, scratch) else { return false }
    let (values, numbers) = (scratch.values, scratch.numbers)
    switch form {
    case .rich: return false
    case .constant:
      let value = Double(start) / DecimalScale.powers[exponent]
      for place in 0..<count { values[place] = value }
    case .bits:
      guard PlaneCodec.get(scratch.numbers(count - 1), width: width, &streams) else { return false }
      var bits = UInt64(bitPattern: start)
      values[0] = Double(bitPattern: bits)
      for place in 1..<max(1, count) {
        bits ^= numbers[place &- 1]
        values[place] = Double(bitPattern: bits)
      }
    case .delta:
      guard PlaneCodec.get(scratch.numbers(count - 1), width: width, &streams) else { return false }
      var whole = start
      values[0] = Double(whole)
      for place in 1..<max(1, count) {
        whole &+= PlaneCodec.signed(numbers[place &- 1]) &<< Int64(shift)
        values[place] = Double(whole)
      }
      divide(values)
    case .deltaOfDelta:
      guard PlaneCodec.get(scratch.numbers(max(0, count - 2)), width: width, &streams) else { return false }
      var (whole, delta) = (start &+ startDelta, startDelta)
      values[0] = Double(start)
      if count > 1 { values[1] = Double(whole) }
      for place in 2..<max(2, count) {
        delta &+= PlaneCodec.signed(numbers[place &- 2]) &<< Int64(shift)
        whole &+= delta
        values[place] = Double(whole)
      }
      divide(values)
    }
    return true
  }

  @inline(__always)
  private func divide(_ values: UnsafeMutableBufferPointer<Double>) {
    if exponent == 0 { return }
    let power = DecimalScale.powers[exponent]
    for place in 0..<count { values[place] /= power }
  }

  private func getTimes(_ streams: inout MetricStreamReader, _ scratch: MetricScratch) -> Bool {
    let seconds = scratch.seconds
    var second = first
    seconds[0] = first
    if let step {
      for place in 1..<max(1, count) {
        second &+= step
        seconds[place] = second
      }
      return true
    }
    guard PlaneCodec.get(scratch.numbers(count - 1), width: timeWidth, &streams) else { return false }
    for place in 1..<max(1, count) {
      second &+= UInt32(truncatingIfNeeded: scratch.numbers[place &- 1])
      seconds[place] = second
    }
    return true
  }

  /// Shows aggregates. Answers false when they are damaged.
  func getRich(_ streams: inout MetricStreamReader, _ body: (UInt32, MetricAggregate) -> Void) -> Bool {
    guard form == .rich, let bytes = streams.rest(richBytes) else { return false }
    var reader = ByteReader(bytes)
    var second = first
    for _ in 0..<count {
      second &+= UInt32(truncatingIfNeeded: reader.varint())
      let value = MetricAggregate(packed: &reader)
      if reader.isBroken { return false }
      body(second, value)
    }
    return true
  }
}
