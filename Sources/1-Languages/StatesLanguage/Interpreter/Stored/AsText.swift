import JSON

/// Stores a value as one text. Data of any depth then adds nothing to the depth of the document it is stored in.
@propertyWrapper
struct AsText<Value: Codable & Sendable>: Codable, Sendable {
  var wrappedValue: Value

  init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

  init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    wrappedValue = try JSONValue(parsing: text).decode(Value.self)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(JSONValue(encoding: wrappedValue).text)
  }
}
