/// A way to get from a value to the rules that may want it: what is made of the value to look it up.
enum Probe: Hashable, Sendable {
  /// Every value.
  case present
  /// The whole of a string, or in lower case.
  case string, folded
  /// So many bytes of a string, or of it in lower case.
  case prefix(Int), suffix(Int), foldedPrefix(Int), foldedSuffix(Int)
  /// Three bytes anywhere in a string.
  case gram(Int)
  /// So many leading bits of an address.
  case network(bits: Int, isV4: Bool)
  /// The number, or its text when it is out of range.
  case number, literalNumber
  /// The cell that a number is in when numbers are cut into cells of two to that power millionths.
  case cell(level: Int)
  /// Numbers from a bound upwards, and up to a bound.
  case atLeast, atMost
  case `true`, `false`, null

  /// Longer beginnings and ends are looked up by this much of them, so that there are not too many lengths to try.
  static let longestText = 32

  /// Tells the kinds of lookups of one path apart.
  enum Tag: UInt64 {
    case present, string, folded, prefix, suffix, foldedPrefix, foldedSuffix, gram, v4, v6, number, literalNumber, cell
    case `true`, `false`, null

    /// Where the hashes of this kind start from, given the path's own start.
    @inline(__always)
    func seed(_ path: UInt64) -> UInt64 { path &+ (rawValue &+ 1) &* 0x9e37_79b9_7f4a_7c15 }
  }

  @inline(__always)
  static func seed(ofPath number: Int32) -> UInt64 { Bytes.hash(UInt64(UInt32(bitPattern: number)), seed: 1) }
}

/// Where an alternative is filed: under this key, for values of this path.
struct AccessKey: Hashable, Sendable {
  var probe: Probe
  /// In the map of all rules; for `atLeast` and `atMost` the bound, in the path's own maps.
  var key: UInt64
}

extension AccessKey {
  /// A number as a key, in the order of numbers.
  @inline(__always)
  static func bound(_ millionths: Int64) -> UInt64 { UInt64(bitPattern: millionths &+ 5_000_000_000_000_000) &<< 10 }

  /// The cell that a number is in.
  @inline(__always)
  static func cell(_ millionths: Int64, _ level: Int) -> UInt64 {
    UInt64(bitPattern: millionths &+ 5_000_000_000_000_000) &>> UInt64(truncatingIfNeeded: level)
  }

  /// Keys that every value meeting the test is found under; nil when a missing field meets it.
  static func keys(for test: Test, _ path: UInt64) -> [AccessKey]? {
    switch test {
    case .absent: nil
    case .exists, .anythingBut: [present(path)]
    case .boolean(true): [AccessKey(probe: .true, key: Probe.Tag.true.seed(path))]
    case .boolean(false): [AccessKey(probe: .false, key: Probe.Tag.false.seed(path))]
    case .null: [AccessKey(probe: .null, key: Probe.Tag.null.seed(path))]
    case .string(let text): [AccessKey(probe: .string, key: hash(text[...], .string, path))]
    case .equalsIgnoringCase(let text): [folded(text, .folded, .folded, path)]
    case .prefix(let text): [prefix(text, path)]
    case .suffix(let text): [suffix(text, path)]
    case .prefixIgnoringCase(let text):
      text.isEmpty ? [present(path)] : [folded(head(text), .foldedPrefix(head(text).count), .foldedPrefix, path)]
    case .suffixIgnoringCase(let text):
      text.isEmpty ? [present(path)] : [folded(tail(text), .foldedSuffix(tail(text).count), .foldedSuffix, path)]
    case .wildcard(let wildcard): [anchor(of: wildcard, path)]
    case .number(let number): [self.number(number, path)]
    case .range(let range): ranges(range, path)
    case .address(let network), .network(let network): [self.network(network, path)]
    }
  }

  private static func present(_ path: UInt64) -> AccessKey { AccessKey(probe: .present, key: Probe.Tag.present.seed(path)) }

  private static func hash(_ text: ArraySlice<UInt8>, _ tag: Probe.Tag, _ path: UInt64) -> UInt64 {
    Array(text).withUnsafeBufferPointer { text in
      text.baseAddress.map { Bytes.hash($0, text.count, seed: tag.seed(path)) } ?? Bytes.hash(0, seed: tag.seed(path))
    }
  }

  private static func head(_ text: [UInt8]) -> [UInt8] { Array(text.prefix(Probe.longestText)) }
  private static func tail(_ text: [UInt8]) -> [UInt8] { Array(text.suffix(Probe.longestText)) }

  private static func prefix(_ text: [UInt8], _ path: UInt64) -> AccessKey {
    if text.isEmpty { return present(path) }
    let head = head(text)
    return AccessKey(probe: .prefix(head.count), key: hash(head[...], .prefix, path))
  }

  private static func suffix(_ text: [UInt8], _ path: UInt64) -> AccessKey {
    if text.isEmpty { return present(path) }
    let tail = tail(text)
    return AccessKey(probe: .suffix(tail.count), key: hash(tail[...], .suffix, path))
  }

  private static func folded(_ text: [UInt8], _ probe: Probe, _ tag: Probe.Tag, _ path: UInt64) -> AccessKey {
    // Other text has spellings of several lengths, which no single key covers.
    guard CaseFolding.isASCII(text) else { return present(path) }
    return AccessKey(probe: probe, key: hash(CaseFolding.lowercased(text)[...], tag, path))
  }

  /// The beginning or the end, whichever is longer, or three bytes of what is in between when both are short.
  private static func anchor(of wildcard: Wildcard, _ path: UInt64) -> AccessKey {
    let pieces = wildcard.pieces
    let first = pieces.first ?? []
    let last = pieces.last ?? []
    if pieces.count == 1 { return AccessKey(probe: .string, key: hash(first[...], .string, path)) }
    let inner = pieces.dropFirst().dropLast().max { $0.count < $1.count } ?? []
    if inner.count >= 3, max(first.count, last.count) < 3 { return gram(inner, path) }
    if first.isEmpty, last.isEmpty { return present(path) }
    return first.count >= last.count ? prefix(first, path) : suffix(last, path)
  }

  /// The last three bytes of a piece. Ends differ more than beginnings do.
  private static func gram(_ piece: [UInt8], _ path: UInt64) -> AccessKey {
    let gram = piece.suffix(3).reduce(0) { $0 << 8 | Int($1) }
    return AccessKey(probe: .gram(gram), key: Bytes.hash(UInt64(gram), seed: Probe.Tag.gram.seed(path)))
  }

  private static func number(_ number: PatternNumber, _ path: UInt64) -> AccessKey {
    guard let value = number.comparable else {
      return AccessKey(probe: .literalNumber, key: hash(number.text[...], .literalNumber, path))
    }
    return self.number(value.millionths, path)
  }

  private static func number(_ millionths: Int64, _ path: UInt64) -> AccessKey {
    AccessKey(probe: .number, key: Bytes.hash(UInt64(bitPattern: millionths), seed: Probe.Tag.number.seed(path)))
  }

  /// A range that is open on one side is found by its bound; another lies in one or two cells as wide as itself.
  private static func ranges(_ range: NumberRange, _ path: UInt64) -> [AccessKey] {
    let low = range.lowest.millionths
    let high = range.highest.millionths
    if low > high { return [] }
    if low == high { return [number(low, path)] }
    if range.highest == .highest { return [AccessKey(probe: .atLeast, key: bound(low))] }
    if range.lowest == .lowest { return [AccessKey(probe: .atMost, key: bound(high))] }
    let level = Int64.bitWidth - (high - low).leadingZeroBitCount
    let seed = Probe.Tag.cell.seed(path) &+ UInt64(level)
    return Set([cell(low, level), cell(high, level)]).map {
      AccessKey(probe: .cell(level: level), key: Bytes.hash($0, seed: seed))
    }
  }

  private static func network(_ network: Network, _ path: UInt64) -> AccessKey {
    AccessKey(
      probe: .network(bits: network.bits, isV4: network.base.isV4),
      key: address(network.base.value, network.bits, (network.base.isV4 ? Probe.Tag.v4 : .v6).seed(path)))
  }

  /// The key of an address of which only the leading bits are left.
  @inline(__always)
  static func address(_ value: UInt128, _ bits: Int, _ seed: UInt64) -> UInt64 {
    let half = Bytes.hash(UInt64(truncatingIfNeeded: value >> 64), seed: seed &+ UInt64(truncatingIfNeeded: bits))
    return Bytes.hash(UInt64(truncatingIfNeeded: value), seed: half)
  }
}

extension AccessKey {
  /// How many events in a hundred thousand may be expected to lead to a rule that is filed here, more or less. Rules already
  /// filed there count for as many, so that a value that many rules share is not what finds them.
  func cost(load: Int) -> Int {
    let base: Int
    switch probe {
    case .string, .folded, .literalNumber, .number: base = 10
    case .prefix(let length), .suffix(let length): base = 12 + 10_000 >> min(length * 3, 20)
    case .foldedPrefix(let length), .foldedSuffix(let length): base = 14 + 10_000 >> min(length * 3, 20)
    case .gram: base = 60
    case .network(let bits, let isV4): base = 10 + 10_000 >> min(isV4 ? bits : bits / 3, 20)
    case .cell: base = 50
    case .true, .false, .null: base = 2000
    case .atLeast, .atMost: base = 10_000
    case .present: base = 30_000
    }
    return base + 10 * min(load, 1 << 40)
  }
}
