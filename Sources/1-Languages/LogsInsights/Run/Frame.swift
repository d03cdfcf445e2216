#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The event or row being looked at, with what was found out about it. Belongs to one thread.
final class Frame {
  @exclusivity(unchecked) var message = Text.empty
  @exclusivity(unchecked) var timestamp: Int64 = 0
  @exclusivity(unchecked) var ingestionTime: Int64 = 0
  @exclusivity(unchecked) var location: UInt64 = 0
  @exclusivity(unchecked) var origin: LogOrigin
  let arena = Arena()
  let slots: UnsafeMutablePointer<Value>
  private let slotCount: Int
  /// Values of the JSON fields that the query names; only after `extract`.
  let fields: UnsafeMutablePointer<Value>
  private let extractor: FieldExtractor?
  @exclusivity(unchecked) private var isExtracted = false
  let scanners: [RegexScanner]
  let captures: [RegexCaptures]

  static let noOrigin = LogOrigin(log: "", stream: "")

  init(slots count: Int, extractor: FieldExtractor?, regexes: [Regex]) {
    slotCount = max(count, 1)
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: .missing, count: slotCount)
    self.extractor = extractor
    let fieldCount = max(extractor?.count ?? 0, 1)
    fields = .allocate(capacity: fieldCount)
    fields.initialize(repeating: .missing, count: fieldCount)
    scanners = regexes.map(RegexScanner.init)
    captures = regexes.map(RegexCaptures.init)
    origin = Self.noOrigin
  }

  deinit {
    slots.deallocate()
    fields.deallocate()
  }

  /// Forgets what was found out about the last event.
  @inline(__always)
  func begin() {
    isExtracted = false
    arena.reset()
  }

  /// The columns of the batch that the event is of, and its number there.
  @exclusivity(unchecked) var columns: [FieldColumn] = []
  @exclusivity(unchecked) var event = 0

  /// How many events this one stands for.
  @exclusivity(unchecked) var weight = 1.0

  private func fromColumn(_ index: Int) -> Value {
    let column = columns[index]
    if column.form == .missing { return .missing }
    let start = Int(column.starts[event])
    let count = Int(column.ends[event]) - start
    if column.form == .text {
      let text = count > 0 ? column.bytes.baseAddress.map { Text($0 + start, count) } ?? .empty : .empty
      return .text(memchr(text.start, 0x5C, text.count) == nil ? text : JSONEscapes.decode(text, arena))
    }
    guard count > 0, let base = column.bytes.baseAddress else { return .missing }
    return JSONScan(Text(base + start, count)).value(0, count, arena)
  }

  @inline(__always)
  func field(_ index: Int) -> Value {
    if index < columns.count { return fromColumn(index) }
    if !isExtracted {
      isExtracted = true
      extractor?.extract(message, into: fields, arena)
    }
    return fields[index]
  }
}
