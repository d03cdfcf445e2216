import JSON

extension IntrinsicFunction {
  /// Both rounded to the nearest integer, halves upwards; operands and sum within 32 bits.
  static func add(_ left: JSONValue, _ right: JSONValue) -> JSONValue? {
    func rounded(_ value: JSONValue) -> Int64? {
      switch value {
      case .int(let number): Int32(exactly: number).map(Int64.init)
      case .double(let number): Int32(exactly: (number + 0.5).rounded(.down)).map(Int64.init)
      default: nil
      }
    }
    guard let left = rounded(left), let right = rounded(right), let sum = Int32(exactly: left + right) else { return nil }
    return .int(Int64(sum))
  }

  /// From the start, included, to the end, excluded. The same seed answers the same number.
  static func random(_ arguments: [JSONValue], _ environment: IntrinsicEnvironment) -> JSONValue? {
    guard let start = whole(arguments[0]), let end = whole(arguments[1]), start < end,
      !end.subtractingReportingOverflow(start).overflow
    else { return nil }
    guard arguments.count == 3 else { return .int(environment.random(start..<end)) }
    guard let seed = whole(arguments[2]) else { return nil }
    var generator = JavaRandom(seed: seed)
    return .int(start + generator.next(below: end - start))
  }
}

/// The linear congruential generator of java.util.Random, which seeded results come from.
private struct JavaRandom {
  private var state: Int64
  private static let mask: Int64 = (1 << 48) - 1

  init(seed: Int64) { state = (seed ^ 0x5_DEEC_E66D) & Self.mask }

  private mutating func bits(_ count: Int64) -> Int32 {
    state = (state &* 0x5_DEEC_E66D &+ 0xB) & Self.mask
    return Int32(truncatingIfNeeded: state >> (48 - count))
  }

  mutating func next(below bound: Int64) -> Int64 {
    guard let bound = Int32(exactly: bound) else {
      let wide = (Int64(bits(32)) << 32) &+ Int64(bits(32))
      return Int64(wide.magnitude % UInt64(bound))
    }
    let first = bits(31)
    if bound & (bound - 1) == 0 { return (Int64(bound) * Int64(first)) >> 31 }
    var candidate = first
    var value = candidate % bound
    while candidate &- value &+ (bound - 1) < 0 {
      candidate = bits(31)
      value = candidate % bound
    }
    return Int64(value)
  }
}
