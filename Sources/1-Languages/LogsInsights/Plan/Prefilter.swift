/// What every event that can be part of the result fulfils: with it a store skips blocks, tokens and streams without reading them.
///
/// All of it is necessary, none of it sufficient: events that are given to the scan are filtered there in full.
public struct Prefilter: Sendable, Equatable {
  /// Each message contains each of these.
  public var literals: [[UInt8]] = []
  /// Each message contains each of these, or else the escape `\u`.
  public var jsonLiterals: [[UInt8]] = []
  /// `@logStream` is one of these; nil when any.
  public var streams: Set<String>?
  /// JSON fields of messages that are equal to one of the values (as numbers where both are).
  public var equalities: [FieldEquality] = []

  public struct FieldEquality: Sendable, Equatable {
    public var path: [String]
    public var values: [String]

    public init(path: [String], values: [String]) {
      self.path = path
      self.values = values
    }
  }

  public init() {}

  mutating func formConjunction(_ other: Prefilter) {
    literals += other.literals.filter { !literals.contains($0) }
    jsonLiterals += other.jsonLiterals.filter { !jsonLiterals.contains($0) }
    if let theirs = other.streams { streams = streams.map { $0.intersection(theirs) } ?? theirs }
    equalities += other.equalities
  }

  /// What both ask for.
  func disjunction(_ other: Prefilter) -> Prefilter {
    var both = Prefilter()
    both.literals = literals.filter { other.literals.contains($0) }
    both.jsonLiterals = jsonLiterals.filter { other.jsonLiterals.contains($0) }
    if let mine = streams, let theirs = other.streams { both.streams = mine.union(theirs) }
    for mine in equalities {
      for theirs in other.equalities where theirs.path == mine.path {
        both.equalities.append(FieldEquality(path: mine.path, values: mine.values + theirs.values))
      }
    }
    return both
  }

  /// The literal to look for first: long, and of bytes that logs have seldom.
  static func rarest(_ literals: [[UInt8]]) -> [UInt8]? {
    literals.filter { $0.count > 1 }.max { score($0) < score($1) }
  }

  static func score(_ literal: [UInt8]) -> Int {
    literal.prefix(24).reduce(0) { sum, byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): sum + 5
      case UInt8(ascii: "a")...UInt8(ascii: "z"): sum + 3
      case UInt8(ascii: "0")...UInt8(ascii: "9"): sum + 2
      case 0x20, UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "="): sum + 1
      default: sum + 4
      }
    }
  }
}

/// Which parts of events a plan reads, so that a store decodes no others.
public struct NeededFields: Sendable, Equatable {
  /// The message, for filters or for results.
  public var message = false
  /// JSON fields of the message, which a store that keeps them as columns of their own can serve.
  public var json: [[String]] = []
  public var timestamp = false
  public var ingestionTime = false
  public var logStream = false
  public var log = false
  /// `@ptr` is computed with.
  public var pointer = false
  /// Other fields with `@`, without it.
  public var attributes: Set<String> = []
}
