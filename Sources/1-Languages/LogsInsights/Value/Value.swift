import LogsInsightsC

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Bytes that somebody else keeps: the event, the plan, a stored row or the scan's arena.
///
/// Never outlives the call for one event but by being copied, which is why it may be unchecked.
struct Text: @unchecked Sendable {
  let start: UnsafePointer<UInt8>
  let count: Int

  init(_ start: UnsafePointer<UInt8>, _ count: Int) {
    self.start = start
    self.count = count
  }

  static let empty: Text = {
    let byte = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
    byte.initialize(to: 0)
    return Text(UnsafePointer(byte), 0)
  }()

  var isEmpty: Bool { count == 0 }
  var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }
  var string: String { String(decoding: buffer, as: UTF8.self) }

  @inline(__always)
  func equals(_ other: Text) -> Bool { count == other.count && memcmp(start, other.start, count) == 0 }

  /// Where the part first is at or after an offset, or nil.
  @inline(__always)
  func find(_ part: Text, from offset: Int = 0) -> Int? {
    guard part.count > 0 else { return offset }
    guard offset + part.count <= count, let found = insights_find(start + offset, count - offset, part.start, part.count) else {
      return nil
    }
    return UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) - start
  }

  /// Bytewise order, which for UTF-8 is the order of code points.
  func compare(_ other: Text) -> Int {
    let order = memcmp(start, other.start, min(count, other.count))
    return order != 0 ? Int(order) : count - other.count
  }
}

/// What an expression is worth. AWS's values are strings, numbers, structures of `jsonParse` and null.
enum Value {
  case missing
  case number(Double)
  case text(Text)
  /// A list or a map as the JSON text it came from.
  case json(Text)
  /// Shown as 1 or 0.
  case bool(Bool)
  /// Milliseconds since 1970, shown as a date and time in UTC.
  case time(Int64)

  var isMissing: Bool {
    if case .missing = self { true } else { false }
  }

  /// The number that the value is or reads as.
  @inline(__always)
  var number: Double? {
    switch self {
    case .number(let number): number
    case .text(let text): Numeric.parse(text)
    case .bool(let bool): bool ? 1 : 0
    case .time(let milliseconds): Double(milliseconds)
    case .missing, .json: nil
    }
  }

  /// Whether a condition of that value holds.
  var truth: Bool {
    switch self {
    case .missing: false
    case .bool(let bool): bool
    case .number(let number): number != 0
    case .text(let text): !text.isEmpty && (Numeric.parse(text).map { $0 != 0 } ?? !text.equalsIgnoringCase("false"))
    case .json, .time: true
    }
  }
}

extension Text {
  func equalsIgnoringCase(_ lowercased: StaticString) -> Bool {
    guard count == lowercased.utf8CodeUnitCount else { return false }
    for position in 0..<count where start[position] | 0x20 != lowercased.utf8Start[position] { return false }
    return true
  }
}
