/// `pattern`, and `diff` of patterns: clusters of messages with how many there are.
final class PatternSink: Sink {
  private let source: Node
  private let period: Period?
  private let table: PatternTable

  /// What tells the events of the former time range.
  struct Period {
    /// Milliseconds; events before are of the former range.
    var start: Int64
  }

  init(_ source: Node, _ period: Period?, _ limits: QueryLimits) {
    self.source = source
    self.period = period
    table = PatternTable(most: limits.patterns)
  }

  static let columns = ["@pattern", "@ratio", "@sampleCount", "@severityLabel"]
  static let diffColumns = columns + ["@previousSampleCount", "@difference", "@differenceDescription"]

  override func add(_ frame: Frame) {
    guard let text = Formatter.text(source.value(frame), frame.arena) else { return }
    table.add(text, isPrevious: period.map { frame.timestamp < $0.start } ?? false)
  }

  func add(_ text: Text, timestamp: Int64, count: Int) {
    table.add(text, isPrevious: period.map { timestamp < $0.start } ?? false, count: count)
  }

  override func merge(_ other: Sink) {
    if let other = other as? PatternSink { table.merge(other.table) }
  }

  /// The most frequent first; with `diff` those that changed most.
  override func rows() -> RowSet {
    var rows = RowSet()
    let arena = Arena()
    let total = max(period == nil ? table.total : table.total + table.previousTotal, 1)
    let change = { (pattern: PatternTable.Pattern) in (pattern.count - pattern.previous).magnitude }
    let order = table.patterns.indices.sorted { left, right in
      let (a, b) = (table.patterns[left], table.patterns[right])
      if period != nil, change(a) != change(b) { return change(a) > change(b) }
      return a.count != b.count ? a.count > b.count : left < right
    }
    for number in order {
      let pattern = table.patterns[number]
      let start = rows.bytes.count
      let ratio = Double(pattern.count + (period == nil ? 0 : pattern.previous)) / Double(total)
      ValueCoder.append(.text(arena.copy(pattern.text)), to: &rows.bytes)
      ValueCoder.append(.number(ratio), to: &rows.bytes)
      ValueCoder.append(.number(Double(pattern.count)), to: &rows.bytes)
      ValueCoder.append(pattern.severity.isEmpty ? .missing : .text(arena.copy(Array(pattern.severity.utf8))), to: &rows.bytes)
      if period != nil {
        ValueCoder.append(.number(Double(pattern.previous)), to: &rows.bytes)
        ValueCoder.append(.number(Double(pattern.count - pattern.previous)), to: &rows.bytes)
        ValueCoder.append(.text(arena.copy(Array(Self.describe(pattern).utf8))), to: &rows.bytes)
      }
      rows.entries.append(RowSet.Entry(offset: start, length: rows.bytes.count - start, time: 0, location: 0))
    }
    return rows
  }

  private static func describe(_ pattern: PatternTable.Pattern) -> String {
    if pattern.previous == 0 { return "New" }
    if pattern.count == 0 { return "Gone" }
    return pattern.count > pattern.previous ? "Increased" : pattern.count < pattern.previous ? "Decreased" : "Unchanged"
  }
}
