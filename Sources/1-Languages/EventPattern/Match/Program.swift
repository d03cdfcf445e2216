/// One alternative of a pattern, ready to be tried on events: all of it in one piece of memory without references.
///
/// The memory holds a header, the conditions sorted by path (which array consistency needs, see `ArrayConsistency`), their checks,
/// then the texts and lists that checks point to by offset.
final class Program: Sendable {
  struct Header {
    /// The number of the rule; a rule's alternatives share it.
    var slot: Int32
    var conditionCount: Int32
    /// The object that stands for the rule.
    var rule: UnsafeRawPointer
  }

  struct Condition {
    /// The number of the path.
    var path: Int32
    var checkCount: Int32
    var checks: Int32
    /// Whether the field may be missing.
    var acceptsAbsence: Bool
  }

  struct Check {
    enum Operation: UInt8 {
      case string, prefix, suffix, foldedString, foldedPrefix, foldedSuffix, spelledString, spelledPrefix, spelledSuffix
      case wildcard, number, literalNumber, range, network, `true`, `false`, null, exists, noneOf, stringOf
    }

    var operation: Operation
    /// For a network: whether it is one of v4 addresses.
    var isV4 = false
    /// Bytes of text, or entries of a list.
    var count: Int32 = 0
    /// Where the text or the list is, from the beginning of the memory.
    var offset: Int32 = 0
    /// The range of a number in millionths; of a string its hash in `low`.
    var low: Int64 = 0
    var high: Int64 = 0
  }

  private let rule: any AnyObject & Sendable
  // Immutable memory that belongs to this program.
  nonisolated(unsafe) let memory: UnsafeRawPointer

  /// Compiles the alternative; `path` gives each path's number.
  init(_ alternative: Alternative, rule: any AnyObject & Sendable, slot: Int32, path: ([UInt8]) -> Int32) {
    self.rule = rule
    var writer = ProgramWriter()
    let conditions = alternative.conditions.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    let header = writer.reserve(Header.self, 1)
    let heads = writer.reserve(Condition.self, conditions.count)
    writer.store(
      Header(
        slot: slot, conditionCount: Int32(conditions.count),
        rule: UnsafeRawPointer(Unmanaged.passUnretained(rule).toOpaque())),
      at: header)
    for (index, condition) in conditions.enumerated() {
      let checks = writer.checks(for: condition.tests)
      writer.store(
        Condition(
          path: path(condition.path), checkCount: Int32(checks.count), checks: writer.write(checks),
          acceptsAbsence: condition.tests.contains(.absent)),
        at: heads + index * MemoryLayout<Condition>.stride)
    }
    memory = writer.finish()
  }

  deinit { memory.deallocate() }
}

/// A program as matching sees it.
struct ProgramView {
  let memory: UnsafeRawPointer

  @inline(__always)
  var header: UnsafePointer<Program.Header> { memory.assumingMemoryBound(to: Program.Header.self) }

  @inline(__always)
  var conditions: UnsafeBufferPointer<Program.Condition> {
    let start = (memory + MemoryLayout<Program.Header>.stride).assumingMemoryBound(to: Program.Condition.self)
    return UnsafeBufferPointer(start: start, count: Int(header.pointee.conditionCount))
  }

  @inline(__always)
  func checks(at offset: Int32, _ count: Int32) -> UnsafeBufferPointer<Program.Check> {
    UnsafeBufferPointer(start: (memory + Int(offset)).assumingMemoryBound(to: Program.Check.self), count: Int(count))
  }

  @inline(__always)
  func bytes(_ check: Program.Check) -> UnsafePointer<UInt8> { (memory + Int(check.offset)).assumingMemoryBound(to: UInt8.self) }
}
