import JSON

/// The value of a variable.
public struct TemplateValue: Sendable {
  var value: JSONValue
  /// The text it was read from, where that was text in the event.
  var source: String?

  public init(_ value: JSONValue, source: String? = nil) {
    self.value = value
    self.source = source
  }
}

extension InputTemplate {
  /// The most bytes that a result may have unless said otherwise.
  public static let longestResult = 16 << 20

  /// Fills in the variables. Throws when the result would be longer than the limit.
  ///
  /// - Parameter value: of a variable, asked once for each; nil for one that has none.
  public func render(limit: Int = longestResult, _ value: (String) -> TemplateValue?) throws(InputTemplateError) -> String {
    var texts: [String: [Place: String]] = [:]
    var values: [String: TemplateValue?] = [:]
    var result = ""
    for part in parts {
      switch part {
      case .literal(let text): result += text
      case .variable(let name, let place):
        if let known = texts[name]?[place] {
          result += known
        } else {
          let found = values[name] ?? value(name)
          values[name] = .some(found)
          let text = Self.text(found, place)
          texts[name, default: [:]][place] = text
          result += text
        }
      }
      guard result.utf8.count <= limit else { throw InputTemplateError(.tooLong(limit)) }
    }
    return (try? JSONValue(parsing: result))?.text ?? result
  }

  private static func text(_ found: TemplateValue?, _ place: Place) -> String {
    guard let found else { return place == .outside ? "\"\"" : "" }
    switch (place, found.value) {
    case (.outside, let value): return value.text
    case (.quoted, .string(let text)): return String(JSONValue.string(text).text.dropFirst().dropLast())
    case (.free, .string(let text)): return text
    case (.quoted, .object), (.quoted, .array): return withoutQuotes(found.source ?? found.value.text)
    case (_, let value): return value.text
    }
  }

  /// The JSON without its quotes, so that it can stand inside a text. White space other than blanks is escaped.
  private static func withoutQuotes(_ json: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(json.utf8.count)
    var escaped = false
    for byte in json.utf8 {
      switch (escaped, byte) {
      case (true, UInt8(ascii: "\"")): bytes.removeLast()
      case (false, UInt8(ascii: "\"")): break
      case (_, UInt8(ascii: "\n")): bytes += "\\n".utf8
      case (_, UInt8(ascii: "\r")): bytes += "\\r".utf8
      case (_, UInt8(ascii: "\t")): bytes += "\\t".utf8
      default: bytes.append(byte)
      }
      escaped = byte == UInt8(ascii: "\\") && !escaped
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
