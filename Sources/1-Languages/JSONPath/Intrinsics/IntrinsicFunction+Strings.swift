import JSON

extension IntrinsicFunction {
  /// Splits at every character of the delimiter and drops empty parts.
  static func split(_ value: JSONValue, _ delimiters: JSONValue) -> JSONValue? {
    guard case .string(let text) = value, case .string(let delimiters) = delimiters else { return nil }
    let marks = Set(delimiters.unicodeScalars)
    let parts = text.unicodeScalars.split { marks.contains($0) }
    return .array(parts.map { .string(String(String.UnicodeScalarView($0))) })
  }

  /// An empty text answers null.
  static func parse(_ value: JSONValue) -> JSONValue? {
    guard case .string(let text) = value else { return nil }
    return text.isEmpty ? .null : try? JSONValue(parsing: text)
  }

  /// Puts the arguments into the places `{}` of the template. Braces are written `\{` and `\}`.
  static func format(_ arguments: [JSONValue]) -> JSONValue? {
    guard case .string(let template) = arguments[0] else { return nil }
    var text: [UInt8] = []
    var next = 1
    var bytes = template.utf8.makeIterator()
    while let byte = bytes.next() {
      switch byte {
      case UInt8(ascii: "\\"):
        guard let escaped = bytes.next() else { return nil }
        switch escaped {
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "\\"), UInt8(ascii: "'"): text.append(escaped)
        default: text += [byte, escaped]
        }
      case UInt8(ascii: "{"):
        guard bytes.next() == UInt8(ascii: "}"), next < arguments.count, let inserted = shown(arguments[next]) else { return nil }
        text += Array(inserted.utf8)
        next += 1
      case UInt8(ascii: "}"): return nil
      default: text.append(byte)
      }
    }
    guard next == arguments.count else { return nil }
    return .string(String(decoding: text, as: UTF8.self))
  }

  /// Strings as they are, numbers, booleans and null as JSON; arrays and objects cannot be inserted.
  private static func shown(_ value: JSONValue) -> String? {
    switch value {
    case .string(let text): text
    case .array, .object: nil
    default: value.text
    }
  }

  /// Members of the second object replace those of the first. AWS knows no deep merge.
  static func merge(_ left: JSONValue, _ right: JSONValue, _ deep: JSONValue) -> JSONValue? {
    guard case .object(let left) = left, case .object(let right) = right, deep.bool != true else { return nil }
    var merged = left
    for (name, value) in right { merged[name] = value }
    let names = merged.keys
    let order = JavaOrder.order(names.map { JavaOrder.hash($0) }, table: JavaOrder.table(holding: left.count))
    return .object(
      order.reduce(into: JSONObject()) { object, position in object[names[position]] = merged[names[position]] })
  }

  static func hash(_ value: JSONValue, _ algorithm: JSONValue, _ environment: IntrinsicEnvironment) -> JSONValue? {
    guard case .string(let name) = algorithm, let algorithm = HashAlgorithm(rawValue: name) else { return nil }
    let data = value.string ?? value.text
    guard data.unicodeScalars.count <= 10_000 else { return nil }
    return .string(environment.digest(Array(data.utf8), algorithm).map(IntrinsicEnvironment.hexadecimal).joined())
  }
}
