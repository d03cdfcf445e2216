import JSON

/// Percent-encoding. Source: RFC 3986, section 2.1.
package enum PercentCoding {
  /// Throws SerializationException for a broken escape or text that is no UTF-8.
  package static func decode(_ text: Substring, plusIsSpace: Bool = false) throws(WireFault) -> String {
    // Most names and values have nothing in them that is written otherwise.
    if !text.utf8.contains(where: { $0 == 37 || (plusIsSpace && $0 == 43) }) { return String(text) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var iterator = text.utf8.makeIterator()
    while let byte = iterator.next() {
      if byte == 37 {
        guard let high = iterator.next().flatMap(hex), let low = iterator.next().flatMap(hex) else {
          throw .serialization("The request has a broken percent-escape.")
        }
        bytes.append(high << 4 | low)
      } else {
        bytes.append(plusIsSpace && byte == 43 ? 32 : byte)
      }
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else {
      throw .serialization("The request has text that is not UTF-8.")
    }
    return decoded
  }

  static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }
}

/// Form bodies and query strings.
package enum FormCoding {
  static let mostParameters = 250_000
  static let tooMany = WireFault("SerializationException", "The request has more than \(mostParameters) parameters.")

  /// A name or a value where it stands, and whether something in it is written otherwise.
  struct Run {
    var range: Range<Int>
    var isEscaped: Bool
  }

  /// The parameter that begins there; `end` is where the next one's ampersand stands, or the end.
  static func parameter(in bytes: [UInt8], from start: Int) -> (name: Run, value: Run, end: Int) {
    bytes.withUnsafeBufferPointer { bytes in
      func run(from start: Int, endsAtEquals: Bool) -> Run {
        var (place, isEscaped) = (start, false)
        while place < bytes.count {
          let byte = bytes[place]
          if byte == UInt8(ascii: "&") || (endsAtEquals && byte == UInt8(ascii: "=")) { break }
          if byte == UInt8(ascii: "%") || byte == UInt8(ascii: "+") { isEscaped = true }
          place += 1
        }
        return Run(range: start..<place, isEscaped: isEscaped)
      }
      let name = run(from: start, endsAtEquals: true)
      let end = name.range.upperBound
      guard end < bytes.count, bytes[end] == UInt8(ascii: "=") else { return (name, Run(range: end..<end, isEscaped: false), end) }
      let value = run(from: end + 1, endsAtEquals: false)
      return (name, value, value.range.upperBound)
    }
  }

  /// Names and values in order. Throws SerializationException for broken escapes or more than 250,000 parameters.
  package static func parse(_ text: String) throws(WireFault) -> [(name: String, value: String)] {
    let bytes = Array(text.utf8)
    var parameters: [(name: String, value: String)] = []
    var start = 0
    while start < bytes.count {
      let (name, value, end) = parameter(in: bytes, from: start)
      if end > start {
        guard parameters.count < mostParameters else { throw tooMany }
        parameters.append((try self.text(name, in: bytes), try self.text(value, in: bytes)))
      }
      start = end + 1
    }
    return parameters
  }

  /// The value of the first parameter of that name, without reading the others; nil when there is none.
  static func value(of name: String, in bytes: [UInt8]) throws(WireFault) -> String? {
    var start = 0
    while start < bytes.count {
      let (found, value, end) = parameter(in: bytes, from: start)
      let isIt = found.isEscaped ? try text(found, in: bytes) == name : bytes[found.range].elementsEqual(name.utf8)
      if isIt { return try text(value, in: bytes) }
      start = end + 1
    }
    return nil
  }

  private static func text(_ run: Run, in bytes: [UInt8]) throws(WireFault) -> String {
    let text = String(decoding: bytes[run.range], as: UTF8.self)
    return run.isEscaped ? try PercentCoding.decode(text[...], plusIsSpace: true) : text
  }
}
