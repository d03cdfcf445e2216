/// The values of one JSON field for the events of a batch, as the JSON text they have in the messages: `"a"`, `1.50`, `true`, `{...}`.
public struct FieldColumn {
  public var bytes: UnsafeBufferPointer<UInt8>
  /// Where each event's value begins and ends in `bytes`; the same where the field is missing.
  public var starts: UnsafeBufferPointer<UInt32>
  public var ends: UnsafeBufferPointer<UInt32>

  public init(bytes: UnsafeBufferPointer<UInt8>, starts: UnsafeBufferPointer<UInt32>, ends: UnsafeBufferPointer<UInt32>) {
    self.bytes = bytes
    self.starts = starts
    self.ends = ends
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
