import JSON

/// What arguments a function takes: `<s-nn?:s>`. Source: https://docs.jsonata.org/programming#function-signatures
final class Signature: Sendable {
  /// Kinds of values as bits.
  struct Kinds: OptionSet, Sendable {
    let rawValue: UInt16
    static let string = Kinds(rawValue: 1)
    static let number = Kinds(rawValue: 2)
    static let bool = Kinds(rawValue: 4)
    static let null = Kinds(rawValue: 8)
    static let array = Kinds(rawValue: 16)
    static let object = Kinds(rawValue: 32)
    static let function = Kinds(rawValue: 64)
    static let missing = Kinds(rawValue: 128)
    static let json: Kinds = [.string, .number, .bool, .null, .array, .object, .missing]
    static let any: Kinds = [.json, .function]

    init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The kind of a letter, none for one that is no kind.
    init(_ letter: UInt8) {
      switch letter {
      case UInt8(ascii: "s"): self = .string
      case UInt8(ascii: "n"): self = .number
      case UInt8(ascii: "b"): self = .bool
      case UInt8(ascii: "l"): self = .null
      case UInt8(ascii: "a"): self = .array
      case UInt8(ascii: "o"): self = .object
      case UInt8(ascii: "f"): self = .function
      case UInt8(ascii: "j"): self = .json
      case UInt8(ascii: "x"): self = .any
      default: self = []
      }
    }

    @inline(__always)
    static func of(_ value: Value) -> Kinds {
      switch value {
      case .undefined, .unset: .missing
      case .null: .null
      case .bool: .bool
      case .number: .number
      case .string: .string
      case .array, .inputArray: .array
      case .object, .inputObject: .object
      case .function: .function
      }
    }
  }

  struct Parameter: Sendable {
    var kinds: Kinds
    /// Anything else is taken as an array of one.
    var wrapsInArray = false
    /// What the elements have to be.
    var element: Kinds?
    var elementLetter: UInt8 = 0
    var isOptional = false
    var isRepeated = false
    /// The context stands in when the argument is missing.
    var usesContext = false
  }

  let parameters: [Parameter]

  init(_ text: String) throws {
    var parser = SignatureParser(Array(text.utf8))
    parameters = try parser.parse()
  }

  private init(_ parameters: [Parameter]) { self.parameters = parameters }

  /// One that is known to be well formed.
  static func known(_ text: String) -> Signature { (try? Signature(text)) ?? Signature([]) }

  /// The arguments as the function is to have them.
  func validate(_ arguments: ContiguousArray<Value>, _ context: Value) throws -> ContiguousArray<Value> {
    var counts = [Int](repeating: 0, count: parameters.count)
    guard match(arguments, 0, 0, &counts) else { throw refusal(arguments) }
    var result: ContiguousArray<Value> = []
    var next = 0
    for (index, parameter) in parameters.enumerated() {
      if counts[index] == 0 {
        if parameter.usesContext {
          guard parameter.kinds.contains(.of(context)) else {
            throw JSONataError("T0411", value: Output.json(context), index: next + 1)
          }
          result.append(context)
        } else {
          result.append(next < arguments.count ? arguments[next] : .undefined)
          next += 1
        }
        continue
      }
      for _ in 0..<counts[index] {
        // A parameter that was left out has counted an argument too, as the reference counts.
        result.append(try coerce(next < arguments.count ? arguments[next] : .undefined, parameter, next))
        next += 1
      }
    }
    return result
  }

  /// How many arguments each parameter takes: as many as it can, and fewer when the others need them.
  private func match(_ arguments: ContiguousArray<Value>, _ parameter: Int, _ argument: Int, _ counts: inout [Int]) -> Bool {
    guard parameter < parameters.count else { return argument == arguments.count }
    let wanted = parameters[parameter]
    var most = 0
    let limit = wanted.isRepeated ? arguments.count - argument : 1
    while most < limit, argument + most < arguments.count, wanted.kinds.contains(.of(arguments[argument + most])) { most += 1 }
    let least = wanted.isOptional ? 0 : 1
    var count = most
    while count >= least {
      counts[parameter] = count
      if match(arguments, parameter + 1, argument + count, &counts) { return true }
      count -= 1
    }
    return false
  }

  /// Says which argument is wrong: the first after the longest part that matches.
  private func refusal(_ arguments: ContiguousArray<Value>) -> JSONataError {
    var good = 0
    for end in 1..<(parameters.count + 1) {
      guard let length = longest(arguments, Array(parameters.prefix(end))) else { break }
      good = length
    }
    return JSONataError("T0410", value: good < arguments.count ? Output.json(arguments[good]) : nil, index: good + 1)
  }

  private func longest(_ arguments: ContiguousArray<Value>, _ parameters: [Parameter]) -> Int? {
    var next = 0
    for parameter in parameters {
      var count = 0
      while next < arguments.count, count == 0 || parameter.isRepeated, parameter.kinds.contains(.of(arguments[next])) {
        next += 1
        count += 1
      }
      if count == 0, !parameter.isOptional { return nil }
    }
    return next
  }

  private func coerce(_ value: Value, _ parameter: Parameter, _ position: Int) throws -> Value {
    guard parameter.wrapsInArray, !value.isUndefined else { return value }
    if let element = parameter.element, !Self.fits(value, element) {
      var error = JSONataError("T0412", value: Output.json(value), index: position + 1)
      error.type = Self.plural(parameter.elementLetter)
      throw error
    }
    return value.isArray ? value : .array(Items([value]))
  }

  /// Whether the elements, or the value that stands for an array of one, are of that kind.
  @inline(__always)
  static func fits(_ value: Value, _ element: Kinds) -> Bool {
    guard value.isArray else { return element.contains(.of(value)) }
    let count = value.elementCount
    for position in 0..<count where !element.contains(.of(value.element(position))) { return false }
    return true
  }

  private static func plural(_ letter: UInt8) -> String? {
    switch letter {
    case UInt8(ascii: "a"): "arrays"
    case UInt8(ascii: "b"): "booleans"
    case UInt8(ascii: "f"): "functions"
    case UInt8(ascii: "n"): "numbers"
    case UInt8(ascii: "o"): "objects"
    case UInt8(ascii: "s"): "strings"
    default: nil
    }
  }
}
