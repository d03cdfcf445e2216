/// Reads the body of a remote write, bytes only: what a series is called becomes text once in its life.
///
/// Source: Prometheus Remote-Write 1.0 specification; prompb/remote.proto and types.proto.
package enum WriteRequest {
  /// A series of a request. The pointers are good for as long as the request's bytes are.
  package struct Series {
    /// The labels' fields as they came, one behind the other: the same for the same series of the same sender.
    package let labels: UnsafeRawBufferPointer
    /// The whole message, for its samples.
    private let message: UnsafeRawBufferPointer

    fileprivate init?(_ message: UnsafeRawBufferPointer) {
      var fields = ProtoFields(message)
      var end = 0
      var isAfter = false
      while let (field, _) = fields.next() {
        if field == 1, !isAfter { end = fields.place } else { isAfter = true }
        // Labels amid samples: nobody writes them so, and they would be lost.
        if field == 1, isAfter { return nil }
      }
      if fields.isBroken { return nil }
      self.message = message
      labels = UnsafeRawBufferPointer(rebasing: message[..<end])
    }

    /// Shows each sample: milliseconds since 1970, and the value.
    @inline(__always)
    package func samples(_ body: (Int64, Double) -> Void) {
      var fields = ProtoFields(UnsafeRawBufferPointer(rebasing: message[labels.count...]))
      while let (field, value) = fields.next() {
        guard field == 2, case .bytes(let sample) = value else { continue }
        var parts = ProtoFields(sample)
        var (time, number): (Int64, Double) = (0, 0)
        while let (field, value) = parts.next() {
          switch (field, value) {
          case (1, .double(let double)): number = double
          case (2, .number(let bits)): time = Int64(bitPattern: bits)
          default: break
          }
        }
        if !parts.isBroken { body(time, number) }
      }
    }

    /// How many native histograms it has: they are no samples.
    package var histograms: Int {
      var fields = ProtoFields(UnsafeRawBufferPointer(rebasing: message[labels.count...]))
      var count = 0
      while let (field, _) = fields.next() { count += field == 4 ? 1 : 0 }
      return count
    }

    /// The names and values of the labels as UTF-8. Nil when one is no label or no UTF-8.
    package func texts() -> [(name: String, value: String)]? {
      var fields = ProtoFields(labels)
      var found: [(name: String, value: String)] = []
      while let (_, value) = fields.next() {
        guard case .bytes(let label) = value else { return nil }
        var parts = ProtoFields(label)
        var pair = (name: "", value: "")
        while let (field, value) = parts.next() {
          guard case .bytes(let bytes) = value, field == 1 || field == 2 else { continue }
          guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
          if field == 1 { pair.name = text } else { pair.value = text }
        }
        if parts.isBroken { return nil }
        found.append(pair)
      }
      return found
    }
  }

  /// Shows each series of a request. Answers false when the bytes are no request; what was shown before was one.
  package static func read<Failure: Error>(
    _ bytes: UnsafeRawBufferPointer, _ body: (Series) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    var fields = ProtoFields(bytes)
    while let (field, value) = fields.next() {
      // Others are metadata.
      guard field == 1 else { continue }
      guard case .bytes(let message) = value, let series = Series(message) else { return false }
      try body(series)
    }
    return !fields.isBroken
  }
}
