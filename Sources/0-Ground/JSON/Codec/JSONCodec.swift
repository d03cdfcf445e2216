/// How the coding keys of Swift types are spelled as JSON member names.
public enum JSONMemberCase: Sendable {
  /// As the coding key says.
  case asWritten
  /// With the first letter in upper case: `ruleArn` is `RuleArn`. Keys of dictionaries stay as they are.
  case pascal

  @inlinable
  func name(_ key: String) -> String {
    switch self {
    case .asWritten: return key
    case .pascal:
      guard let first = key.utf8.first, first >= 97, first <= 122 else { return key }
      var key = key
      return key.withUTF8 { key in
        String(unsafeUninitializedCapacity: key.count) { name in
          _ = name.initialize(fromContentsOf: key)
          name[0] = first - 32
          return key.count
        }
      }
    }
  }
}

/// The textual conventions of the protocol a value is coded for.
public enum JSONDialect: Sendable {
  /// Storage and the JSON protocols: instants are numbers of seconds.
  case json
  /// XML answers and form requests: every scalar arrives as text, instants are ISO 8601 text.
  case text
  /// CBOR: instants and blobs are marked as `{"$timestamp": seconds}` and `{"$blob": base64}`.
  case cbor
}

/// What a decoder tells its caller while it works; by this all missing members are collected before any is reported.
public protocol JSONDecodingObserver: AnyObject {
  /// A required member is absent or null.
  func missing(at path: JSONPathNode)
  /// A value of a structured type was decoded. Its place is made only where it is asked for.
  func decoded(_ value: any Decodable, at path: () -> JSONPathNode?)
}

public struct JSONCodecOptions {
  public var memberCase: JSONMemberCase
  public var dialect: JSONDialect
  /// When set, missing members are told to it and replaced by an empty value where one exists.
  public var observer: (any JSONDecodingObserver)?

  public init(
    memberCase: JSONMemberCase = .asWritten, dialect: JSONDialect = .json, observer: (any JSONDecodingObserver)? = nil
  ) {
    self.memberCase = memberCase
    self.dialect = dialect
    self.observer = observer
  }
}

/// Where a value stands in a document: a member name or an array position below its parent.
public final class JSONPathNode: Sendable {
  public enum Step: Sendable {
    /// The coding key, as the Swift type spells it.
    case member(String)
    /// Counted from 0.
    case element(Int)
  }
  public let parent: JSONPathNode?
  public let step: Step

  init(_ step: Step, in parent: JSONPathNode?) {
    self.step = step
    self.parent = parent
  }

  /// `targets.1.member.arn`: the way AWS's validation sentences name members, positions counted from 1.
  public var text: String {
    var parts: [String] = []
    var node: JSONPathNode? = self
    while let current = node {
      switch current.step {
      case .member(let name): parts.append(name)
      case .element(let position): parts.append("\(position + 1).member")
      }
      node = current.parent
    }
    return parts.reversed().joined(separator: ".")
  }
}

/// A document that does not have the shape of the type asked for.
public struct JSONCodecError: Error, CustomStringConvertible {
  public enum Problem: Sendable {
    /// The kinds in words: `String`, `Integer`, `Long`, `Double`, `Boolean`, `List`, `Structure`; what was found instead.
    case mismatch(expected: String, found: JSONValue)
    case missing
    /// The value's own refusal.
    case invalid(String)
  }
  public var problem: Problem
  public var path: JSONPathNode?

  public init(_ problem: Problem, at path: JSONPathNode?) {
    self.problem = problem
    self.path = path
  }

  public var description: String {
    let place = path.map { " at '\($0.text)'" } ?? ""
    return switch problem {
    case .mismatch(let expected, let found): "\(found.kindName) can not be converted to \(expected)\(place)"
    case .missing: "required member is missing\(place)"
    case .invalid(let reason): reason + place
    }
  }
}

extension JSONValue {
  /// The kind as AWS's JSON reader names it: `STRING_VALUE`, `NUMBER_VALUE`, `TRUE_VALUE`, ...
  public var kindName: String {
    switch self {
    case .null: "NULL_VALUE"
    case .bool(true): "TRUE_VALUE"
    case .bool(false): "FALSE_VALUE"
    case .int, .bigInteger: "NUMBER_VALUE"
    case .double: "DECIMAL_VALUE"
    case .string: "STRING_VALUE"
    case .array: "START_ARRAY"
    case .object: "START_OBJECT"
    }
  }
}

/// A type that knows its own JSON form in each dialect, instead of going through `Codable` containers.
public protocol JSONConvertible {
  init(json: JSONValue, dialect: JSONDialect) throws
  func json(_ dialect: JSONDialect) -> JSONValue
}

extension JSONValue {
  /// The JSON form of a value. Absent optionals are left out. Throws what the value's own `encode(to:)` throws.
  public init(encoding value: some Encodable, _ options: JSONCodecOptions = JSONCodecOptions()) throws {
    self = try JSONTreeEncoder.encode(value, options) ?? .object(JSONObject())
  }

  /// The value of that type this document describes. Throws JSONCodecError or what the type's own `init(from:)` throws.
  public func decode<Value: Decodable>(_ type: Value.Type = Value.self, _ options: JSONCodecOptions = JSONCodecOptions()) throws -> Value {
    try JSONTreeDecoder(value: self, options: options).decode(type)
  }
}

/// Any part of a document can be a member of a coded type.
extension JSONValue: Codable {
  public init(from decoder: any Decoder) throws {
    guard let decoder = decoder as? JSONTreeDecoder else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "JSONValue is decoded from JSONValue only"))
    }
    self = decoder.value
  }

  public func encode(to encoder: any Encoder) throws {
    guard let encoder = encoder as? JSONTreeEncoder else {
      throw EncodingError.invalidValue(
        self, .init(codingPath: encoder.codingPath, debugDescription: "JSONValue is encoded to JSONValue only"))
    }
    encoder.result.value = self
  }
}
