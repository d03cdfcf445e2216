/// A JSON document or any part of it, with member order kept and integers exact.
///
/// Equality is JSON's: numbers compare by value (`1 == 1.0`), objects ignore member order, strings compare byte by byte (Swift's
/// own `==` takes canonically equivalent ones for equal).
public enum JSONValue: Sendable {
  case null
  case bool(Bool)
  /// An integer literal (no fraction, no exponent) that fits 64 bits.
  case int(Int64)
  /// A number with a fraction or an exponent. Always finite.
  case double(Double)
  /// An integer literal outside 64 bits: its decimal digits, with a leading `-` when negative.
  case bigInteger(String)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

extension JSONValue {
  /// The string, or nil for any other kind.
  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The Boolean, or nil for any other kind.
  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The integer, also of a double without a fraction that fits 64 bits; nil for any other value.
  public var int: Int64? {
    switch self {
    case .int(let value): value
    case .double(let value): Int64(exactly: value)
    default: nil
    }
  }

  /// The number as a double, an integer rounded where it has to be; nil for an integer beyond all doubles and any other kind.
  public var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    case .bigInteger(let digits): Double(digits).flatMap { $0.isFinite ? $0 : nil }
    default: nil
    }
  }

  /// The elements, or nil for any other kind.
  public var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The object, or nil for any other kind.
  public var object: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  public var isNull: Bool {
    if case .null = self { true } else { false }
  }

  public var isNumber: Bool {
    switch self {
    case .int, .double, .bigInteger: true
    default: false
    }
  }

  /// The member of that name, or nil when this is no object or has none.
  public subscript(_ name: String) -> JSONValue? {
    if case .object(let value) = self { value[name] } else { nil }
  }

  /// The element at that position, or nil when this is no array or is shorter.
  public subscript(_ position: Int) -> JSONValue? {
    if case .array(let value) = self, value.indices.contains(position) { value[position] } else { nil }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(nilLiteral: ()) { self = .null }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (name, value) in elements { object[name] = value }
    self = .object(object)
  }
}

extension JSONValue: Hashable {
  public static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.int(let a), .int(let b)): a == b
    case (.double(let a), .double(let b)): a == b
    case (.bigInteger(let a), .bigInteger(let b)): a == b
    case (.int(let a), .double(let b)), (.double(let b), .int(let a)): Int64(exactly: b) == a
    case (.bigInteger(let a), .double(let b)), (.double(let b), .bigInteger(let a)): Double(a) == b && a == Decimal.integer(b)
    case (.string(let a), .string(let b)): sameBytes(a, b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0 as UInt8)
    case .bool(let value): hasher.combine(value)
    case .int(let value): hasher.combine(value)
    case .double(let value):
      if let exact = Int64(exactly: value) { hasher.combine(exact) } else { hasher.combine(Optional(value)) }
    case .bigInteger(let value): hasher.combine(Double(value))
    case .string(let value): hasher.combine(value)
    case .array(let value): hasher.combine(value)
    case .object(let value): hasher.combine(value)
    }
  }
}
