import JSON

/// Why an expression could not be compiled or evaluated.
public struct JSONataError: Error, Sendable, Hashable, CustomStringConvertible {
  /// `S....` syntax, `T....` type, `D....` evaluation, `U1001` a limit was exceeded. Source: the reference implementation's catalogue.
  public var code: String
  /// A sentence for people, with the values filled in.
  public var message = ""
  /// Where, in UTF-16 units from the start of the expression, the reference implementation puts the error: mostly after the token.
  public var position: Int?
  /// The operator, name or token that the error is about.
  public var token: String?
  /// The value that was refused.
  public var value: JSONValue?
  /// The other value, where two did not go together.
  public var value2: JSONValue?
  /// Which argument of a function, from 1.
  public var index: Int?
  /// The kind of element an array argument should have had: "numbers".
  public var type: String?
  /// The exponent of `$power`.
  public var exponent: JSONValue?
  /// The function of `D3140`.
  public var functionName: String?

  public init(_ code: String, position: Int? = nil, token: String? = nil, value: JSONValue? = nil, index: Int? = nil) {
    self.code = code
    self.position = position
    self.token = token
    self.value = value
    self.index = index
  }

  public var description: String { message.isEmpty ? code : "\(code): \(message)" }

  /// The same error with its sentence.
  func explained() -> JSONataError {
    guard message.isEmpty, let template = Self.templates[code] else { return self }
    var copy = self
    copy.message = fill(template)
    return copy
  }

  /// `{{{name}}}` is a value as it is, `{{name}}` as JSON.
  private func fill(_ template: String) -> String {
    var text = ""
    var rest = Substring(template)
    while let open = rest.firstIndex(of: "{"), rest[open...].hasPrefix("{{") {
      text += rest[..<open]
      let plain = rest[open...].hasPrefix("{{{")
      let start = rest.index(open, offsetBy: plain ? 3 : 2)
      guard let end = rest[start...].firstIndex(of: "}") else { return text + rest[open...] }
      text += insert(String(rest[start..<end]), plain)
      rest = rest[(rest.index(end, offsetBy: plain ? 3 : 2, limitedBy: rest.endIndex) ?? rest.endIndex)...]
    }
    return text + rest
  }

  private func insert(_ name: String, _ plain: Bool) -> String {
    let value: JSONValue? =
      switch name {
      case "token": token.map { .string($0) }
      case "value": value
      case "value2": value2
      case "index": index.map { .int(Int64($0)) }
      case "type": type.map { .string($0) }
      case "exp": exponent
      case "functionName": functionName.map { .string($0) }
      default: nil
      }
    guard let value else { return "undefined" }
    return plain ? value.string ?? value.text : value.text
  }
}
