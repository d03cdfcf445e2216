/// Collects the text of JSON values in memory of its own, which is handed over at the end.
struct JSONWriter: ~Copyable {
  private var start: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var count = 0

  init() {
    capacity = 256
    start = .allocate(capacity: capacity)
  }

  deinit { start.deallocate() }

  /// What was written.
  func finish() -> [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }

  func finish(into bytes: inout [UInt8]) { bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: count)) }

  func finishText() -> String { String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) }

  mutating func write(_ value: JSONValue) {
    switch value {
    case .null: literal("null")
    case .bool(let value): literal(value ? "true" : "false")
    case .int(let value): write(value)
    case .double(let value): write(value)
    case .bigInteger(let digits): raw(digits)
    case .string(let value): write(value)
    case .array(let elements):
      byte("[")
      var first = true
      for element in elements {
        if !first { byte(",") }
        first = false
        write(element)
      }
      byte("]")
    case .object(let object):
      byte("{")
      var first = true
      for (name, value) in object.members {
        if !first { byte(",") }
        first = false
        write(name)
        byte(":")
        write(value)
      }
      byte("}")
    }
  }

  mutating func writePretty(_ value: JSONValue, indentation: Int) {
    switch value {
    case .array(let elements) where !elements.isEmpty:
      byte("[")
      for (position, element) in elements.enumerated() {
        if position > 0 { byte(",") }
        line(indentation + 1)
        writePretty(element, indentation: indentation + 1)
      }
      line(indentation)
      byte("]")
    case .object(let object) where !object.isEmpty:
      byte("{")
      for (position, member) in object.members.enumerated() {
        if position > 0 { byte(",") }
        line(indentation + 1)
        write(member.key)
        literal(": ")
        writePretty(member.value, indentation: indentation + 1)
      }
      line(indentation)
      byte("}")
    default: write(value)
    }
  }

  private mutating func line(_ indentation: Int) {
    byte("\n")
    for _ in 0..<indentation { literal("  ") }
  }

  // MARK: - Bytes

  /// Makes room for that many bytes and answers where they go.
  @inline(__always)
  mutating func room(_ bytes: Int) -> UnsafeMutablePointer<UInt8> {
    if capacity - count < bytes { grow(bytes) }
    return start + count
  }

  @inline(__always)
  mutating func advance(_ bytes: Int) { count += bytes }

  @inline(never)
  private mutating func grow(_ bytes: Int) {
    let larger = max(capacity * 2, count + bytes)
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    memory.update(from: start, count: count)
    start.deallocate()
    start = memory
    capacity = larger
  }

  @inline(__always)
  mutating func byte(_ scalar: Unicode.Scalar) {
    room(1).pointee = UInt8(truncatingIfNeeded: scalar.value)
    count += 1
  }

  @inline(__always)
  mutating func literal(_ text: StaticString) {
    room(text.utf8CodeUnitCount).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
    count += text.utf8CodeUnitCount
  }

  /// Text that needs no escaping.
  mutating func raw(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      guard let bytes = utf8.baseAddress else { return }
      room(utf8.count).update(from: bytes, count: utf8.count)
      count += utf8.count
    }
  }
}
