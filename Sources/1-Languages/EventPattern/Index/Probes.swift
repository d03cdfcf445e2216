/// The probes in use for the values of one path, as matching reads them. Never changes.
final class Probes: Sendable {
  struct Record {
    /// Where the hashes of the path's keys start from.
    var seed: UInt64
    var kinds: Kinds
    /// Lengths in bytes, rising.
    var prefixes: Lengths
    var suffixes: Lengths
    var foldedPrefixes: Lengths
    var foldedSuffixes: Lengths
    /// Leading bits of networks.
    var v4: Lengths
    var v6: Lengths
    /// A bit for each level of cells.
    var levels: UInt64
    /// A bit for each run of three bytes that may be in use, by `gramBit`; nil when there is none.
    var grams: UnsafePointer<UInt64>?
    var atLeast: UnsafeRawPointer?
    var atMost: UnsafeRawPointer?
  }

  struct Lengths {
    var start: UnsafePointer<Int>
    var count: Int
  }

  struct Kinds: OptionSet {
    let rawValue: UInt16
    static let present = Kinds(rawValue: 1)
    static let string = Kinds(rawValue: 2)
    static let folded = Kinds(rawValue: 4)
    /// Anything that is looked up by a part of a string.
    static let parts = Kinds(rawValue: 8)
    static let foldedParts = Kinds(rawValue: 16)
    static let network = Kinds(rawValue: 32)
    static let number = Kinds(rawValue: 64)
    static let literalNumber = Kinds(rawValue: 128)
    /// Anything that is looked up by the value of a number but equality.
    static let ranges = Kinds(rawValue: 256)
    static let word = Kinds(rawValue: 512)
  }

  static let gramWords = 64

  private let atLeast: KeyNode?
  private let atMost: KeyNode?
  // Immutable memory that belongs to this object.
  nonisolated(unsafe) let record: UnsafeMutablePointer<Record>
  nonisolated(unsafe) private let numbers: UnsafeMutablePointer<Int>

  @inline(__always)
  static func gramBit(_ gram: UInt32) -> (word: Int, bit: UInt64) {
    let hash = (gram &* 0x9E37_79B1) &>> 20
    return (Int(truncatingIfNeeded: hash &>> 6), 1 &<< UInt64(hash & 63))
  }

  init(path: Int32, probes: [Probe], atLeast: KeyNode?, atMost: KeyNode?) {
    self.atLeast = atLeast
    self.atMost = atMost
    var kinds: Kinds = []
    var levels: UInt64 = 0
    var lengths: [[Int]] = Array(repeating: [], count: 6)
    var grams: [Int] = []
    for probe in probes {
      kinds.insert(Self.kind(of: probe))
      switch probe {
      case .prefix(let length): lengths[0].append(length)
      case .suffix(let length): lengths[1].append(length)
      case .foldedPrefix(let length): lengths[2].append(length)
      case .foldedSuffix(let length): lengths[3].append(length)
      case .network(let bits, true): lengths[4].append(bits)
      case .network(let bits, false): lengths[5].append(bits)
      case .cell(let level): levels |= 1 << UInt64(level)
      case .gram(let gram): grams.append(gram)
      default: break
      }
    }
    numbers = .allocate(capacity: lengths.reduce(1) { $0 + $1.count })
    var next = numbers
    let lists = lengths.map { list in
      for (index, length) in list.sorted().enumerated() { next[index] = length }
      defer { next += list.count }
      return Lengths(start: UnsafePointer(next), count: list.count)
    }
    record = .allocate(capacity: 1)
    record.initialize(
      to: Record(
        seed: Probe.seed(ofPath: path), kinds: kinds, prefixes: lists[0], suffixes: lists[1], foldedPrefixes: lists[2],
        foldedSuffixes: lists[3], v4: lists[4], v6: lists[5], levels: levels, grams: Self.filter(grams), atLeast: atLeast?.memory,
        atMost: atMost?.memory))
  }

  deinit {
    record.pointee.grams?.deallocate()
    record.deallocate()
    numbers.deallocate()
  }

  private static func filter(_ grams: [Int]) -> UnsafePointer<UInt64>? {
    if grams.isEmpty { return nil }
    let words = UnsafeMutablePointer<UInt64>.allocate(capacity: gramWords)
    words.initialize(repeating: 0, count: gramWords)
    for gram in grams {
      let place = gramBit(UInt32(gram))
      words[place.word] |= place.bit
    }
    return UnsafePointer(words)
  }

  private static func kind(of probe: Probe) -> Kinds {
    switch probe {
    case .present: .present
    case .string: .string
    case .folded: .folded
    case .prefix, .suffix, .gram: .parts
    case .foldedPrefix, .foldedSuffix: .foldedParts
    case .network: .network
    case .number: .number
    case .literalNumber: .literalNumber
    case .cell, .atLeast, .atMost: .ranges
    case .true, .false, .null: .word
    }
  }
}
