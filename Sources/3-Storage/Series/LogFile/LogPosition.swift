import Time

/// Names an event in its engine: 56 digits that sort as events do, by time and then in the order they were stored.
package struct LogEventID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Milliseconds since 1970.
  let time: Int64
  /// Unique in the engine, ascending.
  let sequence: UInt64

  init(time: Int64, sequence: UInt64) {
    self.time = time
    self.sequence = sequence
  }

  /// Nil when the text is no id.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 56, bytes.allSatisfy({ (48...57).contains($0) }) else { return nil }
    guard bytes[20..<36].allSatisfy({ $0 == 48 }), let time = UInt64(String(decoding: bytes[..<20], as: UTF8.self)),
      let sequence = UInt64(String(decoding: bytes[36...], as: UTF8.self))
    else { return nil }
    self.init(time: Int64(bitPattern: time ^ (1 << 63)), sequence: sequence)
  }

  package var timestamp: Timestamp { Timestamp(milliseconds: time) }
  /// What `@ptr` of Logs Insights holds.
  package var location: UInt64 { sequence }

  package var description: String {
    var digits = [UInt8](repeating: 48, count: 56)
    Self.write(UInt64(bitPattern: time) ^ (1 << 63), before: 20, &digits)
    Self.write(sequence, before: 56, &digits)
    return String(decoding: digits, as: UTF8.self)
  }

  private static func write(_ value: UInt64, before end: Int, _ digits: inout [UInt8]) {
    var (value, place) = (value, end - 1)
    while value > 0 {
      digits[place] = UInt8(48 + value % 10)
      value /= 10
      place -= 1
    }
  }

  package static func < (left: Self, right: Self) -> Bool {
    left.time != right.time ? left.time < right.time : left.sequence < right.sequence
  }

  /// The least id after this one.
  var next: LogEventID { sequence == .max ? LogEventID(time: time &+ 1, sequence: 0) : LogEventID(time: time, sequence: sequence + 1) }
}

/// A place between two events: reading forward goes on with the event after it, reading backward with the one before.
package struct LogPosition: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The least id that lies after the place.
  let id: LogEventID

  init(before id: LogEventID) { self.id = id }

  /// Before the event with this id.
  package static func before(_ id: LogEventID) -> LogPosition { LogPosition(before: id) }
  /// Behind the event with this id.
  package static func after(_ id: LogEventID) -> LogPosition { LogPosition(before: id.next) }

  /// Nil when the text is none that `description` wrote.
  package init?(_ text: String) {
    guard let id = LogEventID(text) else { return nil }
    self.init(before: id)
  }

  package var description: String { id.description }
  package static func < (left: Self, right: Self) -> Bool { left.id < right.id }
}
