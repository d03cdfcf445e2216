/// A regular expression as instructions over bytes (Thompson's construction); alternatives are tried in order.
struct RegexProgram: Sendable {
  enum Instruction: Sendable, Equatable {
    /// Reads a byte of that range.
    case byte(UInt8, UInt8, next: Int32)
    case fork(Int32, Int32)
    case save(Int32, next: Int32)
    case assert(Assertion, next: Int32)
    case match
  }

  /// Enough for every sensible expression.
  static let mostInstructions = 20_000

  private(set) var instructions: [Instruction] = [.match]
  private(set) var entry: Int32 = 0
  private(set) var isTooLarge = false
  private(set) var hasAssertions = false

  /// Bytes that a match can begin with; nil when it can be empty or begins with an assertion.
  private(set) var firstBytes: ByteSet?

  init(_ node: RegexNode) {
    entry = add(node, 0)
    if !isTooLarge { firstBytes = findFirstBytes() }
  }

  private func findFirstBytes() -> ByteSet? {
    var set = ByteSet()
    var seen: Set<Int32> = []
    var waiting = [entry]
    while let instruction = waiting.popLast() {
      guard seen.insert(instruction).inserted else { continue }
      switch instructions[Int(instruction)] {
      case .byte(let low, let high, _): set.insert(low, high)
      case .fork(let one, let other): waiting += [one, other]
      case .save(_, let next): waiting.append(next)
      case .assert, .match: return nil
      }
    }
    return set
  }

  private mutating func emit(_ instruction: Instruction) -> Int32 {
    guard instructions.count < Self.mostInstructions else {
      isTooLarge = true
      return 0
    }
    instructions.append(instruction)
    return Int32(instructions.count - 1)
  }

  /// Adds what reads the node and goes on at `next`; answers where it begins.
  private mutating func add(_ node: RegexNode, _ next: Int32) -> Int32 {
    if isTooLarge { return 0 }
    switch node {
    case .empty: return next
    case .characters(let set): return add(set, next)
    case .sequence(let parts): return parts.reversed().reduce(next) { add($1, $0) }
    case .choice(let choices):
      var entry: Int32?
      for choice in choices.reversed() {
        let one = add(choice, next)
        entry = entry.map { emit(.fork(one, $0)) } ?? one
      }
      return entry ?? next
    case .group(let inner, let number):
      let end = emit(.save(Int32(number * 2 + 1), next: next))
      return emit(.save(Int32(number * 2), next: add(inner, end)))
    case .assertion(let assertion):
      hasAssertions = true
      return emit(.assert(assertion, next: next))
    case .repetition(let inner, let least, let most, let greedy):
      return add(inner, least, most, greedy, next)
    }
  }

  private mutating func add(_ inner: RegexNode, _ least: Int, _ most: Int?, _ greedy: Bool, _ next: Int32) -> Int32 {
    var entry = next
    if let most {
      for _ in least..<max(least, most) {
        if isTooLarge { return 0 }
        let body = add(inner, entry)
        entry = emit(greedy ? .fork(body, next) : .fork(next, body))
      }
    } else {
      let loop = emit(.fork(next, next))
      let body = add(inner, loop)
      if !isTooLarge { instructions[Int(loop)] = greedy ? .fork(body, next) : .fork(next, body) }
      entry = loop
    }
    for _ in 0..<least {
      if isTooLarge { return 0 }
      entry = add(inner, entry)
    }
    return entry
  }

  /// Adds a choice of the sequences of bytes that the scalars are in UTF-8.
  private mutating func add(_ set: ScalarSet, _ next: Int32) -> Int32 {
    var entry: Int32?
    for sequence in set.ranges.flatMap(UTF8Ranges.sequences).reversed() {
      var one = next
      for bytes in sequence.reversed() { one = emit(.byte(bytes.lowerBound, bytes.upperBound, next: one)) }
      entry = entry.map { emit(.fork(one, $0)) } ?? one
    }
    // A set of nothing never matches: a byte that UTF-8 does not have.
    return entry ?? emit(.byte(0xFF, 0xFF, next: next))
  }
}

/// A set of bytes.
struct ByteSet: Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  mutating func insert(_ low: UInt8, _ high: UInt8) {
    for byte in low...high {
      let bit = (1 as UInt64) << UInt64(byte & 63)
      switch byte >> 6 {
      case 0: words.0 |= bit
      case 1: words.1 |= bit
      case 2: words.2 |= bit
      default: words.3 |= bit
      }
    }
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    let word =
      switch byte >> 6 {
      case 0: words.0
      case 1: words.1
      case 2: words.2
      default: words.3
      }
    return word >> UInt64(byte & 63) & 1 == 1
  }
}

/// Ranges of scalars as ranges of bytes in UTF-8.
enum UTF8Ranges {
  static func sequences(_ range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
    var found: [[ClosedRange<UInt8>]] = []
    for limits in [0...0x7F, 0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF] as [ClosedRange<UInt32>] {
      let low = max(range.lowerBound, limits.lowerBound)
      let high = min(range.upperBound, limits.upperBound)
      if low <= high { split(low, high, into: &found) }
    }
    return found
  }

  /// Splits until all but the first bytes that differ run over all continuations.
  private static func split(_ low: UInt32, _ high: UInt32, into found: inout [[ClosedRange<UInt8>]]) {
    for bits in [6, 12, 18] as [UInt32] {
      let mask = (1 as UInt32) << bits - 1
      guard low > 0x7F, low & ~mask != high & ~mask else { continue }
      if low & mask != 0 {
        split(low, low | mask, into: &found)
        split((low | mask) + 1, high, into: &found)
        return
      }
      if high & mask != mask {
        split(low, (high & ~mask) - 1, into: &found)
        split(high & ~mask, high, into: &found)
        return
      }
    }
    let first = encode(low)
    let last = encode(high)
    found.append(zip(first, last).map { $0...$1 })
  }

  private static func encode(_ scalar: UInt32) -> [UInt8] {
    Unicode.Scalar(scalar).map { Array(String($0).utf8) } ?? []
  }
}
