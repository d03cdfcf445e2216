/// Collects the text of JSON values in memory of its own, which is handed over at the end.
package struct JSONWriter: ~Copyable {
  private var start: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// Bytes written.
  package private(set) var count = 0

  /// - Parameter capacity: bytes that there will be about.
  package init(capacity: Int = 256) {
    self.capacity = max(capacity, 64)
    start = .allocate(capacity: self.capacity)
  }

  deinit { start.deallocate() }

  /// What was written.
  package func finish() -> [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }

  func finish(into bytes: inout [UInt8]) { bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: count)) }

  func finishText() -> String { String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) }

  package mutating func write(_ value: JSONValue) {
    withUnsafePointer(to: value) { pointer in
      write(UnsafeRawPointer(pointer).assumingMemoryBound(to: BorrowedValue.self).pointee)
    }
  }

  private mutating func write(_ borrowed: borrowing BorrowedValue) {
    switch borrowed.value {
    case .null: literal("null")
    case .bool(let value): literal(value ? "true" : "false")
    case .int(let value): write(value)
    case .double(let value): write(value)
    case .bigInteger(let digits): raw(digits)
    case .string(let value): write(value)
    case .array(let elements): write(elements)
    case .object(let object): write(object)
    }
  }

  private mutating func write(_ elements: [JSONValue]) {
    guard !elements.isEmpty else { return literal("[]") }
    elements.withUnsafeBufferPointer { elements in
      let elements = UnsafeRawBufferPointer(elements).assumingMemoryBound(to: BorrowedValue.self)
      for position in elements.indices {
        byte(position == 0 ? "[" : ",")
        write(elements[position])
      }
    }
    byte("]")
  }

  private mutating func write(_ object: JSONObject) {
    guard !object.isEmpty else { return literal("{}") }
    object.members.withUnsafeBufferPointer { members in
      let members = UnsafeRawBufferPointer(members).assumingMemoryBound(to: BorrowedMember.self)
      for position in members.indices {
        byte(position == 0 ? "{" : ",")
        write(members[position].key)
        byte(":")
        write(members[position].value)
      }
    }
    byte("}")
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
  package mutating func literal(_ text: StaticString) {
    room(text.utf8CodeUnitCount).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
    count += text.utf8CodeUnitCount
  }

  /// Text that needs no escaping.
  mutating func raw(_ text: String) {
    for byte in text.utf8 {
      room(1).pointee = byte
      count += 1
    }
  }
}

/// A value, and a member, that are only looked at: what cannot be copied is not retained either, which made up a quarter of
/// the time of writing. A structure of one field is laid out as that field, so these are views of the same memory.
private struct BorrowedValue: ~Copyable {
  let value: JSONValue
}

private struct BorrowedMember: ~Copyable {
  let key: String
  let value: BorrowedValue
}
