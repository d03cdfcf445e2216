/// The spellings of a text that are equal to it when case is ignored.
///
/// AWS compares character by character: each may be as it is, in lower or in upper case, of which some take more bytes
/// (`ß` is also `SS`).
enum CaseFolding {
  /// Whether folding ASCII letters decides equality with this text.
  static func isASCII(_ text: [UInt8]) -> Bool { text.allSatisfy { $0 < 0x80 } }

  @inline(__always)
  static func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }

  static func lowercased(_ text: [UInt8]) -> [UInt8] { text.map { lowercased($0) } }

  /// For each character of the text its spellings, without repetition.
  static func spellings(_ text: [UInt8]) -> [[[UInt8]]] {
    String(decoding: text, as: UTF8.self).unicodeScalars.map { scalar in
      var spellings: [[UInt8]] = []
      for spelling in [String(scalar), scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
        let bytes = Array(spelling.utf8)
        if !spellings.contains(bytes) { spellings.append(bytes) }
      }
      return spellings
    }
  }
}
