/// The values of one JSON field for the events of a batch.
public struct FieldColumn {
  public enum Form: Sendable {
    /// The JSON text they have in the messages: `"a"`, `1.50`, `true`, `{...}`.
    case json
    /// Texts without their quotation marks, escapes as they are in the message; an empty one is a text too.
    case text
    /// No event has the field.
    case missing
  }
  public var form = Form.json
  public var bytes: UnsafeBufferPointer<UInt8>
  /// Where each event's value begins and ends in `bytes`; the same where the field is missing.
  public var starts: UnsafeBufferPointer<UInt32>
  public var ends: UnsafeBufferPointer<UInt32>

  public init(bytes: UnsafeBufferPointer<UInt8>, starts: UnsafeBufferPointer<UInt32>, ends: UnsafeBufferPointer<UInt32>) {
    self.bytes = bytes
    self.starts = starts
    self.ends = ends
  }

  /// The column of a field that no event has.
  public static var missing: FieldColumn {
    let none = UnsafeBufferPointer<UInt32>(start: nil, count: 0)
    var column = FieldColumn(bytes: UnsafeBufferPointer(start: nil, count: 0), starts: none, ends: none)
    column.form = .missing
    return column
  }
}

/// Events of one block: their bytes in one buffer, in order.
public struct EventBatch {
  public var bytes: UnsafeBufferPointer<UInt8>
  /// Where each message begins and ends in `bytes`; ascending.
  public var starts: UnsafeBufferPointer<UInt32>
  public var ends: UnsafeBufferPointer<UInt32>
  /// Milliseconds since 1970.
  public var timestamps: UnsafeBufferPointer<Int64>
  /// Nil: as the timestamps.
  public var ingestionTimes: UnsafeBufferPointer<Int64>?
  /// For each event its place in `origins`; nil when all are of the first.
  public var originNumbers: UnsafeBufferPointer<UInt32>?
  public var origins: [LogOrigin]
  /// The location of event `i` is this and `i`; `EventPointer` makes `@ptr` of it.
  public var firstLocation: UInt64
  /// The location of each event when they are no consecutive numbers.
  public var locations: UnsafeBufferPointer<UInt64>?
  /// How many events each one stands for; only for plans that are `isWeightable`.
  public var weights: UnsafeBufferPointer<UInt32>?
  /// Bytes of messages that the batch counts for, when the messages are not there.
  public var messageBytes: Int?
  /// For each field of `plan.needs.json` its values, when the store keeps them as columns of their own; empty when it does not. With
  /// columns the messages are not looked into for fields, and need not be there at all when `plan.needs.message` is false.
  public var fieldColumns: [FieldColumn] = []

  public init(
    bytes: UnsafeBufferPointer<UInt8>, starts: UnsafeBufferPointer<UInt32>, ends: UnsafeBufferPointer<UInt32>,
    timestamps: UnsafeBufferPointer<Int64>, ingestionTimes: UnsafeBufferPointer<Int64>? = nil,
    originNumbers: UnsafeBufferPointer<UInt32>? = nil, origins: [LogOrigin], firstLocation: UInt64
  ) {
    self.bytes = bytes
    self.starts = starts
    self.ends = ends
    self.timestamps = timestamps
    self.ingestionTimes = ingestionTimes
    self.originNumbers = originNumbers
    self.origins = origins
    self.firstLocation = firstLocation
  }
}
