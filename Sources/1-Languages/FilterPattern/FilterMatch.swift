import JSON

/// What a pattern took out of a message that it matches.
public struct FilterMatch: Sendable {
  enum Source: Sendable {
    case nothing
    case json(JSONValue)
    case columns
  }

  let source: Source
  /// The fields that the pattern names, as TestMetricFilter shows them: `$.latency` for a property of JSON that has a string,
  /// number or Boolean; `$status` for a named column and `$7` for the seventh column when it has no name.
  public let extractedValues: [String: String]

  /// The text of a field, or of the constant; nil when the message has no such field with a single value.
  public func text(of selector: FilterSelector) -> String? {
    switch (selector.place, source) {
    case (.constant, _): selector.text
    case (.property(let property), .json(let document)): property.first(in: document).flatMap { $0.scalarText }
    case (.column(let name), .columns): extractedValues[name]
    default: nil
    }
  }

  /// The number in a field, or the constant; nil when there is no such field or no number in it. A string that holds a
  /// number is one.
  public func number(of selector: FilterSelector) -> Double? {
    if case .constant(let number) = selector.place { return number }
    guard var text = text(of: selector) else { return nil }
    return text.withUTF8 { Number($0)?.double }
  }
}

/// Where a metric filter takes its value or a dimension from: `1`, `$.latency` or `$size`.
public struct FilterSelector: Hashable, Sendable {
  enum Place: Hashable, Sendable {
    case constant(Double)
    case property(PropertySelector)
    /// The name with its dollar sign.
    case column(String)
  }

  /// The selector as written.
  public let text: String
  let place: Place

  /// Reads a number, a property of JSON (`$.a.b[0]`) or a column (`$size`, `$3`).
  public init(_ text: String) throws(FilterPatternError) {
    self.text = text
    var reader = PatternReader(text, .aws)
    if reader.peek != UInt8(ascii: "$") {
      let number = reader.bytes.withUnsafeBufferPointer { Number($0) }
      guard let number else { throw FilterPatternError("expected a number or a field that begins with $", at: 0) }
      place = .constant(number.double)
    } else if reader.bytes.count > 1, reader.bytes[1] == UInt8(ascii: ".") || reader.bytes[1] == UInt8(ascii: "[") {
      place = .property(try reader.propertySelector())
      guard reader.isAtEnd else { throw reader.unexpected("the end of the selector") }
    } else {
      reader.position = 1
      _ = try reader.columnName()
      guard reader.isAtEnd else { throw reader.unexpected("the end of the name") }
      place = .column(text)
    }
  }
}
