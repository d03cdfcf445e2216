/// One line of StatsD: samples of one metric.
///
/// `name:value[:value...]|type[|@rate][|#tag:value,tag][|c:container][|Tseconds]`. Source: statsd/statsd docs/metric_types.md; DogStatsD's
/// datagram format 1.3 for tags, several values and instants.
package struct StatsDLine: Sendable, Equatable {
  package enum Kind: String, Sendable {
    case counter = "c"
    case gauge = "g"
    case timer = "ms"
    case histogram = "h"
    case distribution = "d"
    case set = "s"
  }
  /// Bounds on a line; longer ones are refused.
  package static let longest = 8_192
  package static let mostTags = 64
  package static let leastRate = 1e-9
  /// The greatest value that CloudWatch takes.
  package static let greatest = 1.174271e108

  package var name: String
  package var kind: Kind
  /// Numbers as they came: a leading sign makes a gauge's value a change. A set's are its members.
  package var values: [Substring]
  /// The share of samples that were sent, above 0 and up to 1.
  package var rate: Double
  /// In the order in which they came; a tag without a value has none.
  package var tags: [(name: String, value: String)]
  /// Seconds since 1970; nil for now.
  package var instant: Int64?

  package static func == (left: Self, right: Self) -> Bool {
    left.name == right.name && left.kind == right.kind && left.values == right.values && left.rate == right.rate
      && left.instant == right.instant && left.tags.elementsEqual(right.tags, by: ==)
  }

  /// Why a line was not taken.
  package enum Refusal: Error, Sendable, Equatable {
    case malformed
    /// Events, service checks and types that are none of StatsD's.
    case unsupported
  }

  /// Throws Refusal for whatever is no line.
  package init(_ bytes: some Collection<UInt8>) throws(Refusal) {
    guard bytes.count <= Self.longest else { throw .malformed }
    let text = String(decoding: bytes, as: UTF8.self)
    if text.hasPrefix("_e{") || text.hasPrefix("_sc|") { throw .unsupported }
    let parts = text.split(separator: "|", omittingEmptySubsequences: false)
    guard parts.count >= 2, let colon = parts[0].firstIndex(of: ":"), colon > parts[0].startIndex else { throw .malformed }
    guard let kind = Kind(rawValue: String(parts[1])) else { throw parts[1].isEmpty ? .malformed : .unsupported }
    name = String(parts[0][..<colon])
    self.kind = kind
    let given = parts[0][parts[0].index(after: colon)...]
    // A set's member may be anything, a colon in it too.
    values = kind == .set ? [given] : given.split(separator: ":", omittingEmptySubsequences: false)
    rate = 1
    tags = []
    for part in parts.dropFirst(2) { try read(part) }
    guard values.allSatisfy({ !$0.isEmpty && (kind == .set || Self.number($0) != nil) }) else { throw .malformed }
  }

  private mutating func read(_ part: Substring) throws(Refusal) {
    let rest = part.dropFirst()
    switch part.first {
    case "@":
      guard let rate = Double(rest), rate >= Self.leastRate, rate <= 1 else { throw .malformed }
      self.rate = rate
    case "#":
      for tag in rest.split(separator: ",") {
        guard tags.count < Self.mostTags else { throw .malformed }
        let colon = tag.firstIndex(of: ":") ?? tag.endIndex
        if colon == tag.startIndex { continue }
        tags.append((String(tag[..<colon]), colon == tag.endIndex ? "" : String(tag[tag.index(after: colon)...])))
      }
    case "T":
      guard let instant = Int64(rest), instant >= 0 else { throw .malformed }
      self.instant = instant
    // The container that sent it, and whatever later versions add.
    default: return
    }
  }

  /// A decimal number that CloudWatch takes, with a sign where there is one; nil for every other text.
  package static func number(_ text: Substring) -> Double? {
    let isDecimal = text.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || $0 == 43 || $0 == 45 || $0 == 46 || $0 == 69 || $0 == 101 }
    guard isDecimal else { return nil }
    guard let number = Double(text), number.magnitude <= greatest else { return nil }
    return number
  }
}
