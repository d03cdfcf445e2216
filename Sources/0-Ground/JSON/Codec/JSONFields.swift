/// The members of a structure, for types that read theirs by hand in `init(from:)`: in a fraction of the time that the containers of
/// `Codable` take, by the same options, with the same errors, and telling the same observer.
public struct JSONFields {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
  private let members: JSONKeyedDecoding<Key>

  /// Throws DecodingError for a decoder of anything but JSON values, JSONCodecError for a value that is no structure.
  public init(_ decoder: any Decoder) throws {
    guard let decoder = decoder as? JSONTreeDecoder else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "this is decoded from JSON values only"))
    }
    guard case .object(let object) = decoder.value else { throw decoder.mismatch("Structure") }
    members = JSONKeyedDecoding(object: object, decoder: decoder.asParent, memberCase: decoder.options.memberCase)
  }

  // MARK: Members that must be there, by their names as Swift spells them

  public func string(_ name: String) throws -> String { try members.decode(String.self, forKey: Key(stringValue: name)) }
  public func int(_ name: String) throws -> Int { try members.decode(Int.self, forKey: Key(stringValue: name)) }
  public func value<Value: Decodable>(_ name: String) throws -> Value { try members.decode(Value.self, forKey: Key(stringValue: name)) }

  /// A list of structures; use `value` for those that are `JSONConvertible`.
  public func structures<Element: Decodable>(_ name: String) throws -> [Element] {
    try members.required(Key(stringValue: name)) { try $0.structures() }
  }

  // MARK: Members that need not be there

  public func optionalString(_ name: String) throws -> String? { try members.decodeIfPresent(String.self, forKey: Key(stringValue: name)) }
  public func optionalInt(_ name: String) throws -> Int? { try members.decodeIfPresent(Int.self, forKey: Key(stringValue: name)) }
  public func optionalBool(_ name: String) throws -> Bool? { try members.decodeIfPresent(Bool.self, forKey: Key(stringValue: name)) }
  public func optional<Value: Decodable>(_ name: String) throws -> Value? {
    try members.decodeIfPresent(Value.self, forKey: Key(stringValue: name))
  }

  /// A structure; use `optional` for one that is `JSONConvertible`.
  public func optionalStructure<Value: Decodable>(_ name: String) throws -> Value? {
    try members.optional(Key(stringValue: name)) { try $0.structure(Value.self) }
  }

  public func optionalStructures<Element: Decodable>(_ name: String) throws -> [Element]? {
    try members.optional(Key(stringValue: name)) { try $0.structures() }
  }
}

extension JSONTreeDecoder {
  /// A value that is known to be no `JSONConvertible`.
  func structure<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let result = try type.init(from: self)
    options.observer?.decoded(result, at: { path })
    return result
  }

  func structures<Element: Decodable>() throws -> [Element] {
    guard case .array(let elements) = value else { throw mismatch("List") }
    let parent = asParent.parent
    var result: [Element] = []
    result.reserveCapacity(elements.count)
    for (position, element) in elements.enumerated() {
      let decoder = JSONTreeDecoder(value: element, parent: parent, step: .element(position), options: options)
      result.append(try decoder.structure(Element.self))
    }
    return result
  }
}
