/// Writes a message field by field. Source: Protocol Buffers, "Encoding".
package struct ProtobufWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  private mutating func put(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: value))
  }

  private mutating func tag(_ field: Int, _ type: UInt64) { put(UInt64(truncatingIfNeeded: field) << 3 | type) }

  package mutating func varint(_ field: Int, _ value: UInt64) {
    tag(field, 0)
    put(value)
  }

  /// int64 and enums.
  package mutating func signed(_ field: Int, _ value: Int64) { varint(field, UInt64(bitPattern: value)) }

  package mutating func fixed64(_ field: Int, _ value: UInt64) {
    tag(field, 1)
    Swift.withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func double(_ field: Int, _ value: Double) { fixed64(field, value.bitPattern) }

  package mutating func data(_ field: Int, _ value: some Collection<UInt8>) {
    tag(field, 2)
    put(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  package mutating func text(_ field: Int, _ value: String) { data(field, value.utf8) }

  package mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
    var inner = ProtobufWriter()
    write(&inner)
    data(field, inner.bytes)
  }
}
