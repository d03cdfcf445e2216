/// The parts of a regular expression.
indirect enum RegexNode: Sendable, Equatable {
  case characters(ScalarSet)
  case sequence([RegexNode])
  case choice([RegexNode])
  case repetition(RegexNode, least: Int, most: Int?, greedy: Bool)
  /// A group that remembers what it matched, with its number from 1.
  case group(RegexNode, Int)
  case assertion(Assertion)
  case empty
}

/// What holds between two characters.
enum Assertion: Sendable, Equatable {
  case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary
}

/// A set of Unicode scalars as sorted ranges that do not touch.
struct ScalarSet: Sendable, Equatable {
  private(set) var ranges: [ClosedRange<UInt32>]

  static let highest: UInt32 = 0x10FFFF
  static let all = ScalarSet([0...highest])
  static let newline = ScalarSet([0x0A...0x0A])
  static let digits = ScalarSet([48...57])
  static let words = ScalarSet([48...57, 65...90, 95...95, 97...122])
  static let spaces = ScalarSet([0x09...0x0D, 0x20...0x20])

  init(_ ranges: [ClosedRange<UInt32>]) {
    var merged: [ClosedRange<UInt32>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
        merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    self.ranges = merged
  }

  init(_ scalar: UInt32) { ranges = [scalar...scalar] }

  var isEmpty: Bool { ranges.isEmpty }

  var inverted: ScalarSet {
    var gaps: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
      next = range.upperBound + 1
    }
    if next <= Self.highest { gaps.append(next...Self.highest) }
    return ScalarSet(gaps)
  }

  func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

  func intersection(_ other: ScalarSet) -> ScalarSet { inverted.union(other.inverted).inverted }

  /// The only scalar in it, or nil.
  var single: UInt32? {
    guard ranges.count == 1, ranges[0].count == 1 else { return nil }
    return ranges[0].lowerBound
  }

  /// With the other case of every letter. Beyond ASCII only for sets of few scalars, where it is not slow.
  var ignoringCase: ScalarSet {
    var all = ranges
    for range in ranges {
      for (from, to) in [(UInt32(65)...90, 32), (UInt32(97)...122, -32)] as [(ClosedRange<UInt32>, Int64)] {
        let low = max(range.lowerBound, from.lowerBound)
        let high = min(range.upperBound, from.upperBound)
        if low <= high { all.append(UInt32(Int64(low) + to)...UInt32(Int64(high) + to)) }
      }
      guard range.upperBound > 127, range.count <= 1_000 else { continue }
      for value in range {
        guard let properties = Unicode.Scalar(value)?.properties else { continue }
        for mapped in [properties.lowercaseMapping, properties.uppercaseMapping] where mapped.unicodeScalars.count == 1 {
          for scalar in mapped.unicodeScalars { all.append(scalar.value...scalar.value) }
        }
      }
    }
    return ScalarSet(all)
  }
}
