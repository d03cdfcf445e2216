/// What a stage does with the events or rows that pass its filters. Belongs to one thread; merged at the end.
class Sink {
  /// Why the query cannot go on.
  @exclusivity(unchecked) var failure: QueryLimitError?

  func add(_ frame: Frame) {}
  /// Takes over what another sink of the same stage has.
  func merge(_ other: Sink) {}
  /// The rows so far. May be asked for more than once.
  func rows() -> RowSet { RowSet() }
  /// Whether events at or before that time cannot change the rows any more; nil when any may.
  var cutoff: Int64? { nil }
}

/// Rows as bytes.
struct RowSet {
  struct Entry {
    var offset: Int
    var length: Int
    var time: Int64
    var location: UInt64
    /// In which order the rows came.
    var sequence: UInt64 = 0
  }
  var bytes: [UInt8] = []
  var entries: [Entry] = []

  /// Calls with the start of each row's first value.
  func forEach(_ body: (UnsafePointer<UInt8>, Entry) throws -> Void) rethrows {
    try bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      for entry in entries { try body(base + entry.offset, entry) }
    }
  }
}

/// Bounds of what one query may use.
public struct QueryLimits: Sendable {
  /// Bytes of memory for rows, groups and patterns, of each scan.
  public var memory = 256 << 20
  public var groups = 1_000_000
  /// Patterns that `pattern` tells apart; what is beyond becomes part of the most alike.
  public var patterns = 10_000

  public init() {}

  /// Of one of so many scans of a query: together they have no more than four times the memory of one.
  func shared(by scans: Int) -> QueryLimits {
    var part = self
    part.memory = min(memory, max(memory / 4, 4 * memory / max(scans, 1)))
    return part
  }
}
