/// Decodes from a document in memory. Made by `JSONValue.decode`.
struct JSONTreeDecoder: Decoder {
  var value: JSONValue
  /// Where the value stands: a step below the parent. A node is made of them only where somebody asks.
  var parent: JSONPathNode?
  var step: JSONPathNode.Step?
  var options: JSONCodecOptions

  var path: JSONPathNode? { step.map { JSONPathNode($0, in: parent) } ?? parent }

  /// The same, with the node made that its members and elements stand below.
  var asParent: JSONTreeDecoder { JSONTreeDecoder(value: value, parent: path, options: options) }

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let object) = value else { throw mismatch("Structure") }
    let isDictionary = ObjectIdentifier(type) == JSONTreeEncoder.dictionaryKey
    return KeyedDecodingContainer(
      JSONKeyedDecoding<Key>(object: object, decoder: asParent, memberCase: isDictionary ? .asWritten : options.memberCase))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .array(let elements) = value else { throw mismatch("List") }
    return JSONUnkeyedDecoding(elements: elements, decoder: asParent)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { JSONSingleDecoding(decoder: self) }

  func mismatch(_ expected: String) -> JSONCodecError {
    JSONCodecError(.mismatch(expected: expected, found: value), at: path)
  }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if type == JSONValue.self, let result = value as? Value { return result }
    if type == String.self, let result = try string() as? Value { return result }
    if let convertible = type as? any JSONConvertible.Type {
      do {
        if let result = try convertible.init(json: value, dialect: options.dialect) as? Value { return result }
      } catch let error as JSONCodecError {
        throw JSONCodecError(error.problem, at: error.path ?? path)
      }
    }
    return try structure(type)
  }

  func string() throws -> String {
    guard case .string(let text) = value else { throw mismatch("String") }
    return text
  }

  func bool() throws -> Bool {
    switch value {
    case .bool(let flag): return flag
    case .string("true") where options.dialect == .text: return true
    case .string("false") where options.dialect == .text: return false
    default: throw mismatch("Boolean")
    }
  }

  func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
    let expected = Value.bitWidth > 32 ? "Long" : "Integer"
    switch value {
    case .int(let number):
      if let result = Value(exactly: number) { return result }
    case .double(let number):
      if let result = Value(exactly: number) { return result }
    case .string(let text) where options.dialect == .text:
      if let result = Value(text) { return result }
    default: break
    }
    throw mismatch(expected)
  }

  func double() throws -> Double {
    if let number = value.double { return number }
    if case .string(let text) = value {
      switch text {
      case "NaN": return .nan
      case "Infinity": return .infinity
      case "-Infinity": return -.infinity
      default: if options.dialect == .text, let number = Double(text) { return number }
      }
    }
    throw mismatch("Double")
  }

  /// An empty value in place of a missing required one, so that decoding can go on and find the other missing members.
  func placeholder<Value: Decodable>(_ type: Value.Type) throws -> Value {
    var quiet = self
    quiet.options.observer = nil
    for empty: JSONValue in ["", [], .object(JSONObject()), 0, false] {
      quiet.value = empty
      if let result = try? quiet.decode(type) { return result }
    }
    throw JSONCodecError(.missing, at: path)
  }
}

struct JSONKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let object: JSONObject
  let decoder: JSONTreeDecoder
  let memberCase: JSONMemberCase

  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { object.keys.compactMap { Key(stringValue: $0) } }

  func contains(_ key: Key) -> Bool { object[memberCase.name(key.stringValue)] != nil }

  private func member(_ key: Key) -> JSONTreeDecoder? {
    guard let value = object[memberCase.name(key.stringValue)] else { return nil }
    return JSONTreeDecoder(value: value, parent: decoder.parent, step: .member(key.stringValue), options: decoder.options)
  }

  func required<Value: Decodable>(_ key: Key, _ read: (JSONTreeDecoder) throws -> Value) throws -> Value {
    if let member = member(key), !member.value.isNull || Value.self == JSONValue.self { return try read(member) }
    let path = JSONPathNode(.member(key.stringValue), in: decoder.parent)
    guard let observer = decoder.options.observer else { throw JSONCodecError(.missing, at: path) }
    observer.missing(at: path)
    return try JSONTreeDecoder(value: .null, parent: path, options: decoder.options).placeholder(Value.self)
  }

  /// The member, looked for once; the standard library's own way asks three times.
  func optional<Value>(_ key: Key, _ read: (JSONTreeDecoder) throws -> Value) throws -> Value? {
    guard let member = member(key), !member.value.isNull else { return nil }
    return try read(member)
  }

  func decodeNil(forKey key: Key) throws -> Bool { object[memberCase.name(key.stringValue)]?.isNull ?? true }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try required(key) { try $0.bool() } }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try required(key) { try $0.string() } }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try required(key) { try $0.double() } }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try required(key) { Float(try $0.double()) } }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try required(key) { try $0.integer(type) } }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try required(key) { try $0.integer(type) } }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try required(key) { try $0.integer(type) } }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try required(key) { try $0.integer(type) } }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try required(key) { try $0.integer(type) } }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try required(key) { try $0.integer(type) } }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try required(key) { try $0.integer(type) } }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try required(key) { try $0.integer(type) } }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try required(key) { try $0.integer(type) } }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try required(key) { try $0.integer(type) } }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try required(key) { try $0.decode(type) } }
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try optional(key) { try $0.bool() } }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try optional(key) { try $0.string() } }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try optional(key) { try $0.double() } }
  func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try optional(key) { Float(try $0.double()) } }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try optional(key) { try $0.integer(type) } }
  func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try optional(key) { try $0.integer(type) } }
  func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try optional(key) { try $0.integer(type) } }
  func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try optional(key) { try $0.integer(type) } }
  func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try optional(key) { try $0.integer(type) } }
  func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try optional(key) { try $0.integer(type) } }
  func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try optional(key) { try $0.integer(type) } }
  func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try optional(key) { try $0.integer(type) } }
  func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try optional(key) { try $0.integer(type) } }
  func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try optional(key) { try $0.integer(type) } }
  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? { try optional(key) { try $0.decode(type) } }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
    try superDecoder(forKey: key).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try superDecoder(forKey: key).unkeyedContainer() }
  func superDecoder() throws -> any Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Decoder {
    guard let member = member(key) else {
      throw JSONCodecError(.missing, at: JSONPathNode(.member(key.stringValue), in: decoder.parent))
    }
    return member
  }
}

struct JSONUnkeyedDecoding: UnkeyedDecodingContainer {
  let elements: [JSONValue]
  let decoder: JSONTreeDecoder
  var currentIndex = 0

  init(elements: [JSONValue], decoder: JSONTreeDecoder) {
    self.elements = elements
    self.decoder = decoder
  }

  var codingPath: [any CodingKey] { [] }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  private mutating func next() throws -> JSONTreeDecoder {
    let step = JSONPathNode.Step.element(currentIndex)
    guard currentIndex < elements.count else { throw JSONCodecError(.missing, at: JSONPathNode(step, in: decoder.parent)) }
    defer { currentIndex += 1 }
    return JSONTreeDecoder(value: elements[currentIndex], parent: decoder.parent, step: step, options: decoder.options)
  }

  mutating func decodeNil() throws -> Bool {
    guard currentIndex < elements.count, elements[currentIndex].isNull else { return false }
    currentIndex += 1
    return true
  }
  mutating func decode(_ type: Bool.Type) throws -> Bool { try next().bool() }
  mutating func decode(_ type: String.Type) throws -> String { try next().string() }
  mutating func decode(_ type: Double.Type) throws -> Double { try next().double() }
  mutating func decode(_ type: Float.Type) throws -> Float { Float(try next().double()) }
  mutating func decode(_ type: Int.Type) throws -> Int { try next().integer(type) }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try next().integer(type) }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try next().integer(type) }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try next().integer(type) }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try next().integer(type) }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try next().integer(type) }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next().integer(type) }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next().integer(type) }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next().integer(type) }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next().integer(type) }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().decode(type) }
  mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    try next().container(keyedBy: type)
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
  mutating func superDecoder() throws -> any Decoder { try next() }
}

struct JSONSingleDecoding: SingleValueDecodingContainer {
  let decoder: JSONTreeDecoder

  var codingPath: [any CodingKey] { [] }
  func decodeNil() -> Bool { decoder.value.isNull }
  func decode(_ type: Bool.Type) throws -> Bool { try decoder.bool() }
  func decode(_ type: String.Type) throws -> String { try decoder.string() }
  func decode(_ type: Double.Type) throws -> Double { try decoder.double() }
  func decode(_ type: Float.Type) throws -> Float { Float(try decoder.double()) }
  func decode(_ type: Int.Type) throws -> Int { try decoder.integer(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try decoder.integer(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try decoder.integer(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try decoder.integer(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try decoder.integer(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try decoder.integer(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.integer(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.integer(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.integer(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.integer(type) }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }
}
