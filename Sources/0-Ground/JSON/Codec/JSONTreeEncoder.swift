/// Encodes into a document in memory. Made by `JSONValue(encoding:)`.
struct JSONTreeEncoder: Encoder {
  /// Where the parts of one value come together, whatever container its `encode(to:)` asks for.
  final class Result {
    var value: JSONValue?
    /// Nested containers, which fill only after they were handed out: the place kept for each, and what it becomes.
    var nested: [(place: JSONPathNode.Step, result: Result)] = []

    /// The value with every nested container in its place.
    func finish() -> JSONValue? {
      for (place, part) in nested {
        let filled = part.finish() ?? .object(JSONObject())
        switch (place, value) {
        case (.member(let name), .object(var object)?):
          object[name] = filled
          value = .object(object)
        case (.element(let position), .array(var elements)?):
          elements[position] = filled
          value = .array(elements)
        default: break
        }
      }
      nested = []
      return value
    }
  }
  let options: JSONCodecOptions
  let result = Result()

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// The coding key type of the standard library's dictionaries, whose names must not be respelled. It has no public name,
  /// so it is seen once in the act of encoding one.
  static let dictionaryKey: ObjectIdentifier = {
    struct Probe: Encoder {
      final class Seen { var type: ObjectIdentifier? }
      let seen = Seen()
      var codingPath: [any CodingKey] { [] }
      var userInfo: [CodingUserInfoKey: Any] { [:] }
      func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        seen.type = ObjectIdentifier(type)
        // Not by `container(keyedBy:)`, which asks for the very value that is being found.
        return KeyedEncodingContainer(JSONKeyedEncoding<Key>(result: Result(), options: JSONCodecOptions(), memberCase: .asWritten))
      }
      func unkeyedContainer() -> any UnkeyedEncodingContainer { JSONTreeEncoder(options: JSONCodecOptions()).unkeyedContainer() }
      func singleValueContainer() -> any SingleValueEncodingContainer {
        JSONSingleEncoding(encoder: JSONTreeEncoder(options: JSONCodecOptions()))
      }
    }
    let probe = Probe()
    try? [String: Int]().encode(to: probe)
    return probe.seen.type ?? ObjectIdentifier(Never.self)
  }()

  static func encode<Value: Encodable>(_ value: Value, _ options: JSONCodecOptions) throws -> JSONValue? {
    if let json = value as? JSONValue { return json }
    if let text = value as? String { return .string(text) }
    if let convertible = value as? any JSONConvertible { return convertible.json(options.dialect) }
    let encoder = JSONTreeEncoder(options: options)
    try value.encode(to: encoder)
    return encoder.result.finish()
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if result.value == nil { result.value = .object(JSONObject()) }
    let isDictionary = ObjectIdentifier(type) == Self.dictionaryKey
    return KeyedEncodingContainer(
      JSONKeyedEncoding<Key>(result: result, options: options, memberCase: isDictionary ? .asWritten : options.memberCase))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if result.value == nil { result.value = .array([]) }
    return JSONUnkeyedEncoding(result: result, options: options)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { JSONSingleEncoding(encoder: self) }

  static func number(_ value: Double) -> JSONValue {
    if value.isFinite { return .double(value) }
    return .string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
  }

  static func number(_ value: some BinaryInteger) -> JSONValue {
    Int64(exactly: value).map { .int($0) } ?? .bigInteger(String(value))
  }
}

struct JSONKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let result: JSONTreeEncoder.Result
  let options: JSONCodecOptions
  let memberCase: JSONMemberCase

  var codingPath: [any CodingKey] { [] }

  private func set(_ key: Key, _ value: JSONValue?) {
    guard let value, case .object(var object)? = result.value else { return }
    // Given up for the moment of the change, so that the members are changed in place instead of copied.
    result.value = nil
    object[memberCase.name(key.stringValue)] = value
    result.value = .object(object)
  }

  mutating func encodeNil(forKey key: Key) throws { set(key, .null) }
  mutating func encode(_ value: Bool, forKey key: Key) throws { set(key, .bool(value)) }
  mutating func encode(_ value: String, forKey key: Key) throws { set(key, .string(value)) }
  mutating func encode(_ value: Double, forKey key: Key) throws { set(key, JSONTreeEncoder.number(value)) }
  mutating func encode(_ value: Float, forKey key: Key) throws { set(key, JSONTreeEncoder.number(Double(value))) }
  mutating func encode(_ value: Int, forKey key: Key) throws { set(key, .int(Int64(value))) }
  mutating func encode(_ value: Int8, forKey key: Key) throws { set(key, .int(Int64(value))) }
  mutating func encode(_ value: Int16, forKey key: Key) throws { set(key, .int(Int64(value))) }
  mutating func encode(_ value: Int32, forKey key: Key) throws { set(key, .int(Int64(value))) }
  mutating func encode(_ value: Int64, forKey key: Key) throws { set(key, .int(value)) }
  mutating func encode(_ value: UInt, forKey key: Key) throws { set(key, JSONTreeEncoder.number(value)) }
  mutating func encode(_ value: UInt8, forKey key: Key) throws { set(key, .int(Int64(value))) }
  mutating func encode(_ value: UInt16, forKey key: Key) throws { set(key, .int(Int64(value))) }
  mutating func encode(_ value: UInt32, forKey key: Key) throws { set(key, .int(Int64(value))) }
  mutating func encode(_ value: UInt64, forKey key: Key) throws { set(key, JSONTreeEncoder.number(value)) }
  mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    set(key, try JSONTreeEncoder.encode(value, options))
  }
  private func nest(_ name: String) -> JSONTreeEncoder {
    let encoder = JSONTreeEncoder(options: options)
    if case .object(var object)? = result.value {
      object[name] = .null
      result.value = .object(object)
    }
    result.nested.append((.member(name), encoder.result))
    return encoder
  }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
    nest(memberCase.name(key.stringValue)).container(keyedBy: type)
  }
  mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    nest(memberCase.name(key.stringValue)).unkeyedContainer()
  }
  mutating func superEncoder() -> any Encoder { nest("super") }
  mutating func superEncoder(forKey key: Key) -> any Encoder { nest(memberCase.name(key.stringValue)) }
}

struct JSONUnkeyedEncoding: UnkeyedEncodingContainer {
  let result: JSONTreeEncoder.Result
  let options: JSONCodecOptions

  var codingPath: [any CodingKey] { [] }
  var count: Int { result.value?.array?.count ?? 0 }

  private func append(_ value: JSONValue) {
    guard case .array(var elements)? = result.value else { return }
    result.value = nil
    elements.append(value)
    result.value = .array(elements)
  }

  mutating func encodeNil() throws { append(.null) }
  mutating func encode(_ value: Bool) throws { append(.bool(value)) }
  mutating func encode(_ value: String) throws { append(.string(value)) }
  mutating func encode(_ value: Double) throws { append(JSONTreeEncoder.number(value)) }
  mutating func encode(_ value: Float) throws { append(JSONTreeEncoder.number(Double(value))) }
  mutating func encode(_ value: Int) throws { append(.int(Int64(value))) }
  mutating func encode(_ value: Int8) throws { append(.int(Int64(value))) }
  mutating func encode(_ value: Int16) throws { append(.int(Int64(value))) }
  mutating func encode(_ value: Int32) throws { append(.int(Int64(value))) }
  mutating func encode(_ value: Int64) throws { append(.int(value)) }
  mutating func encode(_ value: UInt) throws { append(JSONTreeEncoder.number(value)) }
  mutating func encode(_ value: UInt8) throws { append(.int(Int64(value))) }
  mutating func encode(_ value: UInt16) throws { append(.int(Int64(value))) }
  mutating func encode(_ value: UInt32) throws { append(.int(Int64(value))) }
  mutating func encode(_ value: UInt64) throws { append(JSONTreeEncoder.number(value)) }
  mutating func encode<Value: Encodable>(_ value: Value) throws {
    append(try JSONTreeEncoder.encode(value, options) ?? .object(JSONObject()))
  }
  private func nest() -> JSONTreeEncoder {
    let encoder = JSONTreeEncoder(options: options)
    append(.null)
    result.nested.append((.element(count - 1), encoder.result))
    return encoder
  }

  mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> { nest().container(keyedBy: type) }
  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nest().unkeyedContainer() }
  mutating func superEncoder() -> any Encoder { nest() }
}

struct JSONSingleEncoding: SingleValueEncodingContainer {
  let encoder: JSONTreeEncoder

  var codingPath: [any CodingKey] { [] }
  mutating func encodeNil() throws { encoder.result.value = .null }
  mutating func encode(_ value: Bool) throws { encoder.result.value = .bool(value) }
  mutating func encode(_ value: String) throws { encoder.result.value = .string(value) }
  mutating func encode(_ value: Double) throws { encoder.result.value = JSONTreeEncoder.number(value) }
  mutating func encode(_ value: Float) throws { encoder.result.value = JSONTreeEncoder.number(Double(value)) }
  mutating func encode(_ value: Int) throws { encoder.result.value = .int(Int64(value)) }
  mutating func encode(_ value: Int8) throws { encoder.result.value = .int(Int64(value)) }
  mutating func encode(_ value: Int16) throws { encoder.result.value = .int(Int64(value)) }
  mutating func encode(_ value: Int32) throws { encoder.result.value = .int(Int64(value)) }
  mutating func encode(_ value: Int64) throws { encoder.result.value = .int(value) }
  mutating func encode(_ value: UInt) throws { encoder.result.value = JSONTreeEncoder.number(value) }
  mutating func encode(_ value: UInt8) throws { encoder.result.value = .int(Int64(value)) }
  mutating func encode(_ value: UInt16) throws { encoder.result.value = .int(Int64(value)) }
  mutating func encode(_ value: UInt32) throws { encoder.result.value = .int(Int64(value)) }
  mutating func encode(_ value: UInt64) throws { encoder.result.value = JSONTreeEncoder.number(value) }
  mutating func encode<Value: Encodable>(_ value: Value) throws {
    encoder.result.value = try JSONTreeEncoder.encode(value, encoder.options)
  }
}
