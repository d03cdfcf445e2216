import JSON

/// Reads a template once, from its bytes, into literal text and variables.
struct TemplateScanner {
  private let bytes: [UInt8]
  private let isFree: Bool
  private let isVariableByte: (UInt8) -> Bool
  private(set) var parts: [InputTemplate.Part] = []
  /// The template with a text of the same length in place of each variable: JSON when the template is.
  private var mask: [UInt8] = []
  private static let longestName = 300

  init(_ text: String, isFree: Bool, isVariableByte: @escaping (UInt8) -> Bool) {
    bytes = Array(text.utf8)
    self.isFree = isFree
    self.isVariableByte = isVariableByte
  }

  static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// Also what paths are written with.
  static func isPath(_ byte: UInt8) -> Bool { isName(byte) || byte >= 0x80 || "$/[]*@:#+='".utf8.contains(byte) }

  /// Whether the text begins as no JSON does, a single variable aside.
  static func isFreeText(_ text: String) -> Bool {
    let trimmed = text.utf8.drop { $0 <= 0x20 }
    guard let first = trimmed.first else { return false }
    if "{[\"".utf8.contains(first) { return false }
    guard first == UInt8(ascii: "<"), let end = trimmed.firstIndex(of: UInt8(ascii: ">")) else { return true }
    return trimmed[trimmed.index(after: end)...].contains { $0 > 0x20 }
  }

  /// - Parameter accept: whether what stands between `<` and `>` is a variable; it stays text otherwise.
  mutating func scan(_ accept: (String) throws(InputTemplateError) -> Bool) throws(InputTemplateError) {
    mask.reserveCapacity(bytes.count)
    var literal: [UInt8] = []
    var quoted = false
    var escaped = false
    /// The last variable in the string that is being read, or that was just read.
    var inString: String?
    var position = 0
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "<"), let name = name(after: position), try accept(name) {
        if !literal.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
        literal.removeAll(keepingCapacity: true)
        parts.append(.variable(name, isFree ? .free : quoted ? .quoted : .outside))
        let length = name.utf8.count + 2
        mask += (0..<length).map { !quoted && ($0 == 0 || $0 == length - 1) ? UInt8(ascii: "\"") : UInt8(ascii: "~") }
        inString = name
        escaped = false
        position += length
        continue
      }
      switch byte {
      case UInt8(ascii: "\"") where !escaped:
        quoted.toggle()
        if quoted { inString = nil }
      case UInt8(ascii: ":") where !quoted && !isFree:
        if let name = inString { throw InputTemplateError(.key(name)) }
      case UInt8(ascii: ","), UInt8(ascii: "{"), UInt8(ascii: "["): if !quoted { inString = nil }
      default: break
      }
      escaped = byte == UInt8(ascii: "\\") && !escaped
      literal.append(byte)
      mask.append(byte)
      position += 1
    }
    if !literal.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
  }

  private func name(after start: Int) -> String? {
    var end = start + 1
    while end < bytes.count, end - start <= Self.longestName, isVariableByte(bytes[end]) { end += 1 }
    guard end < bytes.count, bytes[end] == UInt8(ascii: ">"), end > start + 1 else { return nil }
    return String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
  }

  /// Throws unless the template is one JSON value or a text in quotes on each line.
  func checkJSON() throws(InputTemplateError) {
    do throws(JSONParseError) { _ = try JSONValue(parsing: mask) } catch {
      if isLinesOfText { return }
      throw InputTemplateError(.syntax(line: error.line, column: error.column))
    }
  }

  private var isLinesOfText: Bool {
    let lines = mask.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.filter { $0.contains { $0 > 0x20 } }
    return lines.count > 1 && lines.allSatisfy { (try? JSONValue(parsing: Array($0)))?.string != nil }
  }
}
