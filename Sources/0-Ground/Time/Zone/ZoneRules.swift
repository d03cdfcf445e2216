/// When the offset of a zone changes: the transitions of a TZif file, and the rule for the years after them.
struct ZoneRules: Sendable {
  /// Instants in seconds, ascending, each with the offset from then on.
  private var transitions: [(at: Int64, offset: Int64)]
  private let first: Int64
  private let rule: PosixRule?

  init(offset: Int64) {
    transitions = []
    first = offset
    rule = nil
  }

  /// Nil when the bytes are no TZif file. Source: RFC 9636, section 3.
  init?(tzif bytes: [UInt8]) {
    var reader = Reader(bytes: bytes)
    guard let old = reader.header() else { return nil }
    var header = old
    var width = 4
    if old.version >= 2 {
      reader.position += old.size(width: 4)
      guard let new = reader.header() else { return nil }
      header = new
      width = 8
    }
    guard header.types > 0, reader.position + header.size(width: width) <= bytes.count else { return nil }
    let times = (0..<header.times).map { _ in reader.integer(width) }
    let indexes = (0..<header.times).map { _ in Int(reader.integer(1) & 0xFF) }
    let types = (0..<header.types).map { _ -> (offset: Int64, isDST: Bool) in
      let offset = reader.integer(4)
      let isDST = reader.integer(1) != 0
      reader.position += 1
      return (offset, isDST)
    }
    guard indexes.allSatisfy({ $0 < types.count }), zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
    reader.position += header.characters + header.leaps * (width + 4) + header.standards + header.universals
    first = (types.first { !$0.isDST } ?? types[0]).offset
    transitions = zip(times, indexes).map { ($0, types[$1].offset) }
    rule = width == 8 ? PosixRule(reader.footer()) : nil
  }

  func offset(at second: Int64) -> Int64 {
    if let last = transitions.last, second >= last.at { return rule?.offset(at: second) ?? last.offset }
    if transitions.isEmpty { return rule?.offset(at: second) ?? first }
    // The number of transitions at or before the instant.
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle].at <= second { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? first : transitions[low - 1].offset
  }

  private struct Header {
    var version: Int
    var universals: Int
    var standards: Int
    var leaps: Int
    var times: Int
    var types: Int
    var characters: Int

    /// Bytes of the block that follows.
    func size(width: Int) -> Int {
      times * (width + 1) + types * 6 + characters + leaps * (width + 4) + standards + universals
    }
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    /// A big-endian number; 0 past the end.
    mutating func integer(_ width: Int) -> Int64 {
      guard position + width <= bytes.count else {
        position = bytes.count
        return 0
      }
      var value: Int64 = bytes[position] >= 128 && width > 1 ? -1 : 0
      for byte in bytes[position..<position + width] { value = value << 8 | Int64(byte) }
      position += width
      return value
    }

    mutating func header() -> Header? {
      guard position + 44 <= bytes.count, Array(bytes[position..<position + 4]) == Array("TZif".utf8) else { return nil }
      let version = bytes[position + 4] == 0 ? 1 : Int(bytes[position + 4]) - 48
      position += 20
      let counts = (0..<6).map { _ in Int(integer(4)) }
      guard counts.allSatisfy({ (0...65_536).contains($0) }) else { return nil }
      return Header(
        version: version, universals: counts[0], standards: counts[1], leaps: counts[2], times: counts[3], types: counts[4],
        characters: counts[5])
    }

    func footer() -> String {
      guard position < bytes.count, bytes[position] == 10 else { return "" }
      return String(decoding: bytes[(position + 1)...].prefix { $0 != 10 }, as: UTF8.self)
    }
  }
}
