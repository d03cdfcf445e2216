import JSON

/// A value during an evaluation.
///
/// What comes from the input is not converted: containers of it are pointers into the caller's JSON, which outlives the
/// evaluation (`Machine` holds it), so that walking through it neither copies nor counts references.
enum Value {
  /// No value: nothing was there.
  case undefined
  /// A variable that nothing has been assigned to yet.
  case unset
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  /// An array of the input.
  case inputArray(UnsafePointer<JSONValue>)
  /// An object of the input.
  case inputObject(UnsafePointer<JSONValue>)
  /// An array made by the expression.
  case array(Items)
  /// An object made by the expression.
  case object(Record)
  case function(Function)
}

/// Elements of the input where they are.
typealias InputElements = UnsafeBufferPointer<JSONValue>
/// Members of the input where they are.
typealias InputMembers = UnsafeBufferPointer<JSONObject.Member>

/// A JSON value that is looked at without being copied, and so without its reference being counted.
private struct Viewed: ~Copyable {
  let value: JSONValue
}

extension Value {
  /// The value at a place in the input.
  @inline(__always)
  init(at place: UnsafePointer<JSONValue>) {
    switch UnsafeRawPointer(place).assumingMemoryBound(to: Viewed.self).pointee.value {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .number(Double(value))
    case .double(let value): self = .number(value)
    case .bigInteger(let digits): self = .number(Double(digits) ?? .infinity)
    case .string(let value): self = .string(value)
    case .array: self = .inputArray(place)
    case .object: self = .inputObject(place)
    }
  }

  @inline(__always)
  static func elements(_ place: UnsafePointer<JSONValue>) -> InputElements {
    switch UnsafeRawPointer(place).assumingMemoryBound(to: Viewed.self).pointee.value {
    case .array(let elements): elements.withUnsafeBufferPointer { $0 }
    default: InputElements(start: nil, count: 0)
    }
  }

  @inline(__always)
  static func members(_ place: UnsafePointer<JSONValue>) -> InputMembers {
    switch UnsafeRawPointer(place).assumingMemoryBound(to: Viewed.self).pointee.value {
    case .object(let object): object.members.withUnsafeBufferPointer { $0 }
    default: InputMembers(start: nil, count: 0)
    }
  }

  @inline(__always)
  var isUndefined: Bool {
    if case .undefined = self { true } else { false }
  }

  @inline(__always)
  var isArray: Bool {
    switch self {
    case .array, .inputArray: true
    default: false
    }
  }

  var isObject: Bool {
    switch self {
    case .object, .inputObject: true
    default: false
    }
  }

  var isFunction: Bool {
    if case .function = self { true } else { false }
  }

  /// How many elements an array has; 1 for anything else.
  var elementCount: Int {
    switch self {
    case .array(let items): items.count
    case .inputArray(let place): Self.elements(place).count
    default: 1
    }
  }

  /// The element of an array, or the value itself.
  @inline(__always)
  func element(_ position: Int) -> Value {
    switch self {
    case .array(let items): items[position]
    case .inputArray(let place): Value(at: Self.elements(place).baseAddress.unsafelyUnwrapped + position)
    default: self
    }
  }

  /// How deep arrays and objects made by the expression are in each other here.
  @inline(__always)
  var depth: Int32 {
    switch self {
    case .array(let items): items.depth
    case .object(let record): record.depth
    case .function(let function): function.depth
    default: 0
    }
  }

  /// The name of the type, as `$type` gives it.
  var typeName: String? {
    switch self {
    case .undefined, .unset: nil
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string: "string"
    case .array, .inputArray: "array"
    case .object, .inputObject: "object"
    case .function: "function"
    }
  }
}
