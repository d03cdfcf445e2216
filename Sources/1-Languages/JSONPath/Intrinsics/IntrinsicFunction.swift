import JSON

/// The functions AWS defines for JSONPath states.
///
/// Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html, and answers of the service where the page
/// is silent: fractions are cut off except in MathAdd, StringSplit drops empty parts, ArrayUnique answers in the order of a Java
/// hash set, ArrayContains compares texts, Base64Decode skips what is no base64.
enum IntrinsicFunction: String, Sendable {
  case array = "States.Array"
  case arrayPartition = "States.ArrayPartition"
  case arrayContains = "States.ArrayContains"
  case arrayRange = "States.ArrayRange"
  case arrayGetItem = "States.ArrayGetItem"
  case arrayLength = "States.ArrayLength"
  case arrayUnique = "States.ArrayUnique"
  case base64Encode = "States.Base64Encode"
  case base64Decode = "States.Base64Decode"
  case hash = "States.Hash"
  case jsonMerge = "States.JsonMerge"
  case stringToJson = "States.StringToJson"
  case jsonToString = "States.JsonToString"
  case mathRandom = "States.MathRandom"
  case mathAdd = "States.MathAdd"
  case stringSplit = "States.StringSplit"
  case uuid = "States.UUID"
  case format = "States.Format"

  /// How many arguments a call may have.
  var arity: ClosedRange<Int> {
    switch self {
    case .array: 0...Int.max
    case .format: 1...Int.max
    case .uuid: 0...0
    case .arrayLength, .arrayUnique, .base64Encode, .base64Decode, .stringToJson, .jsonToString: 1...1
    case .arrayPartition, .arrayContains, .arrayGetItem, .hash, .mathAdd, .stringSplit: 2...2
    case .arrayRange, .jsonMerge: 3...3
    case .mathRandom: 2...3
    }
  }

  /// The result, or nil when the arguments do not suit the function. Their number has been checked.
  func apply(_ arguments: [JSONValue], _ environment: IntrinsicEnvironment) -> JSONValue? {
    switch self {
    case .array: .array(arguments)
    case .arrayPartition: Self.partition(arguments[0], arguments[1])
    case .arrayContains: Self.contains(arguments[0], arguments[1])
    case .arrayRange: Self.range(arguments[0], arguments[1], arguments[2])
    case .arrayGetItem: Self.item(arguments[0], arguments[1])
    case .arrayLength: arguments[0].array.map { .int(Int64($0.count)) }
    case .arrayUnique: Self.unique(arguments[0])
    case .base64Encode: Self.text(arguments[0]).map { .string(Base64.encode(Array($0.utf8))) }
    case .base64Decode: Self.text(arguments[0]).map { .string(String(decoding: Base64.decode(Array($0.utf8)), as: UTF8.self)) }
    case .hash: Self.hash(arguments[0], arguments[1], environment)
    case .jsonMerge: Self.merge(arguments[0], arguments[1], arguments[2])
    case .stringToJson: Self.parse(arguments[0])
    case .jsonToString: .string(arguments[0].text)
    case .mathRandom: Self.random(arguments, environment)
    case .mathAdd: Self.add(arguments[0], arguments[1])
    case .stringSplit: Self.split(arguments[0], arguments[1])
    case .uuid: .string(environment.uuid())
    case .format: Self.format(arguments)
    }
  }

  /// AWS takes at most 10,000 characters for encoding and digests.
  static func text(_ value: JSONValue) -> String? {
    guard case .string(let text) = value, text.unicodeScalars.count <= 10_000 else { return nil }
    return text
  }

  /// A number without its fraction, when it fits.
  static func whole(_ value: JSONValue) -> Int64? {
    switch value {
    case .int(let number): number
    case .double(let number): Int64(exactly: number.rounded(.towardZero))
    default: nil
    }
  }
}
