import FoundationEssentials
import JSON

/// Concise Binary Object Representation, as far as rpc-v2-cbor uses it. Source: RFC 8949; Smithy 2.0, "Smithy RPC v2 CBOR protocol".
///
/// Instants (tag 1) are `{"$timestamp": seconds}`, byte strings `{"$blob": base64}`.
package enum CBOR {
  private static let deepest = 128

  /// Throws SerializationException for bytes that are no document, are cut off, nest deeper than 128 levels or have bytes after the end.
  package static func decode(_ bytes: [UInt8]) throws(WireFault) -> JSONValue {
    var reader = Reader(bytes: bytes)
    let value = try reader.value(depth: 0)
    guard reader.position == bytes.count else { throw .serialization("The CBOR document has bytes after its end.") }
    return value
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0
    static let cut = WireFault("SerializationException", "The CBOR document is cut off.")

    mutating func byte() throws(WireFault) -> UInt8 {
      guard position < bytes.count else { throw Self.cut }
      defer { position += 1 }
      return bytes[position]
    }

    /// The argument of an item; nil for an indefinite length.
    mutating func argument(_ low: UInt8) throws(WireFault) -> UInt64? {
      switch low {
      case 0..<24: return UInt64(low)
      case 24...27:
        var value: UInt64 = 0
        for _ in 0..<(1 << Int(low - 24)) { value = value << 8 | UInt64(try byte()) }
        return value
      case 31: return nil
      default: throw .serialization("The CBOR document has a reserved length.")
      }
    }

    mutating func slice(_ count: UInt64) throws(WireFault) -> ArraySlice<UInt8> {
      guard count <= UInt64(bytes.count - position) else { throw Self.cut }
      defer { position += Int(count) }
      return bytes[position..<position + Int(count)]
    }

    mutating func string(_ major: UInt8, _ low: UInt8) throws(WireFault) -> [UInt8] {
      if let count = try argument(low) { return Array(try slice(count)) }
      var joined: [UInt8] = []
      while true {
        let next = try byte()
        if next == 0xFF { return joined }
        guard next >> 5 == major, let count = try argument(next & 31) else {
          throw .serialization("The CBOR document has a broken string of indefinite length.")
        }
        joined += try slice(count)
      }
    }

    /// Whether an item of so many, or of indefinitely many, elements has ended.
    mutating func ended(_ count: UInt64?, _ read: UInt64) throws(WireFault) -> Bool {
      if let count { return read == count }
      guard position < bytes.count else { throw Self.cut }
      guard bytes[position] == 0xFF else { return false }
      position += 1
      return true
    }

    mutating func value(depth: Int) throws(WireFault) -> JSONValue {
      guard depth < CBOR.deepest else { throw .serialization("The CBOR document is nested too deeply.") }
      let head = try byte()
      let low = head & 31
      switch head >> 5 {
      case 0:
        guard let number = try argument(low) else { throw .serialization("The CBOR document has a broken integer.") }
        return Int64(exactly: number).map { .int($0) } ?? .bigInteger(String(number))
      case 1:
        guard let number = try argument(low) else { throw .serialization("The CBOR document has a broken integer.") }
        if let small = Int64(exactly: number) { return .int(-1 - small) }
        return .bigInteger(number == .max ? "-18446744073709551616" : "-\(number + 1)")
      case 2: return ["$blob": .string(Data(try string(2, low)).base64EncodedString())]
      case 3:
        return .string(try text(low))
      case 4: return try array(low, depth)
      case 5: return try map(low, depth)
      case 6:
        let tag = try argument(low)
        let content = try value(depth: depth + 1)
        return tag == 1 ? ["$timestamp": content] : content
      default: return try simple(low)
      }
    }

    mutating func text(_ low: UInt8) throws(WireFault) -> String {
      let found: String?
      if low != 31, let count = try argument(low) {
        found = WireText.string(try slice(count))
      } else {
        found = WireText.string(try string(3, low)[...])
      }
      guard let found else { throw .serialization("The CBOR document has text that is not UTF-8.") }
      return found
    }

    mutating func array(_ low: UInt8, _ depth: Int) throws(WireFault) -> JSONValue {
      let count = try argument(low)
      var elements: [JSONValue] = []
      while try !ended(count, UInt64(elements.count)) { elements.append(try value(depth: depth + 1)) }
      return .array(elements)
    }

    mutating func map(_ low: UInt8, _ depth: Int) throws(WireFault) -> JSONValue {
      let count = try argument(low)
      var object = JSONObject()
      var read: UInt64 = 0
      while try !ended(count, read) {
        let head = try byte()
        guard head >> 5 == 3 else { throw .serialization("A CBOR map has a key that is no text.") }
        let key = try text(head & 31)
        object[key] = try value(depth: depth + 1)
        read += 1
      }
      return .object(object)
    }

    mutating func simple(_ low: UInt8) throws(WireFault) -> JSONValue {
      switch low {
      case 20: return false
      case 21: return true
      case 22, 23: return .null
      case 25: return number(Double(Self.half(UInt16(truncatingIfNeeded: try argument(25) ?? 0))))
      case 26: return number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try argument(26) ?? 0))))
      case 27: return number(Double(bitPattern: try argument(27) ?? 0))
      default: throw .serialization("The CBOR document has a value that is not served.")
      }
    }

    private func number(_ value: Double) -> JSONValue {
      value.isFinite ? .double(value) : .string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
    }

    /// A 16-bit float by its bits; computed, because not every processor's Swift has the type.
    private static func half(_ bits: UInt16) -> Float {
      let sign: Float = bits & 0x8000 == 0 ? 1 : -1
      let exponent = Int(bits >> 10 & 31)
      let fraction = Float(bits & 0x3FF)
      switch exponent {
      case 0: return sign * fraction * 0x1p-24
      case 31: return fraction == 0 ? sign * .infinity : .nan
      default: return sign * (1 + fraction / 1_024) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
      }
    }
  }

  package static func encode(_ value: JSONValue) -> [UInt8] {
    var bytes: [UInt8] = []
    write(value, &bytes)
    return bytes
  }

  private static func head(_ major: UInt8, _ argument: UInt64, _ bytes: inout [UInt8]) {
    let width: Int
    switch argument {
    case 0..<24:
      bytes.append(major << 5 | UInt8(argument))
      return
    case ..<0x100: width = 0
    case ..<0x1_0000: width = 1
    case ..<0x1_0000_0000: width = 2
    default: width = 3
    }
    bytes.append(major << 5 | UInt8(24 + width))
    for shift in stride(from: (1 << width) * 8 - 8, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: argument >> UInt64(shift)))
    }
  }

  private static func write(_ value: JSONValue, _ bytes: inout [UInt8]) {
    switch value {
    case .null: bytes.append(0xF6)
    case .bool(let flag): bytes.append(flag ? 0xF5 : 0xF4)
    case .int(let number):
      if number >= 0 { head(0, UInt64(number), &bytes) } else { head(1, UInt64(-1 - number), &bytes) }
    case .double(let number): double(number, &bytes)
    case .bigInteger(let digits): double(Double(digits) ?? .nan, &bytes)
    case .string(let text):
      head(3, UInt64(text.utf8.count), &bytes)
      bytes.append(contentsOf: text.utf8)
    case .array(let elements):
      head(4, UInt64(elements.count), &bytes)
      for element in elements { write(element, &bytes) }
    case .object(let object):
      if object.count == 1, let seconds = object["$timestamp"] {
        head(6, 1, &bytes)
        write(seconds, &bytes)
      } else if object.count == 1, let blob = object["$blob"]?.string, let data = Data(base64Encoded: blob) {
        head(2, UInt64(data.count), &bytes)
        bytes.append(contentsOf: data)
      } else {
        head(5, UInt64(object.count), &bytes)
        for (name, member) in object {
          head(3, UInt64(name.utf8.count), &bytes)
          bytes.append(contentsOf: name.utf8)
          write(member, &bytes)
        }
      }
    }
  }

  private static func double(_ number: Double, _ bytes: inout [UInt8]) {
    bytes.append(0xFB)
    for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number.bitPattern >> UInt64(shift))) }
  }
}
