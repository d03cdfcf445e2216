import JSON

/// A JSON value together with its text, so that data passed on unchanged is neither parsed nor written again.
///
/// The text is kept as it came in, spaces included: that is how AWS shows it in events and error sentences until a state changes
/// the data.
public struct Payload: Sendable {
  public let value: JSONValue
  public let text: String

  /// A value with its compact text.
  public init(_ value: JSONValue) {
    self.value = value
    text = value.text
  }

  /// A value with the text it was parsed from. The two must agree.
  public init(value: JSONValue, text: String) {
    self.value = value
    self.text = text
  }

  /// Parses a document and keeps its text.
  public init(parsing text: String) throws(JSONParseError) {
    value = try JSONValue(parsing: text)
    self.text = text
  }

  /// `{}`
  public static let empty = Payload(value: .object(JSONObject()), text: "{}")

  /// The array of the payloads' values; its text joins theirs without touching them.
  public static func array(_ elements: [Payload]) -> Payload {
    var text = "["
    text.reserveCapacity(elements.reduce(2) { $0 + $1.text.utf8.count + 1 })
    for (position, element) in elements.enumerated() {
      if position > 0 { text += "," }
      text += element.text
    }
    text += "]"
    return Payload(value: .array(elements.map(\.value)), text: text)
  }
}

extension Payload: Hashable {
  public static func == (left: Payload, right: Payload) -> Bool { left.text == right.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// Stored as its text.
extension Payload: Codable {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    do throws(JSONParseError) { try self.init(parsing: text) } catch {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(error)"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
