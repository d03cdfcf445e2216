import JSON

/// What expressions of one state can see.
public struct QueryScope: Sendable {
  /// `$`
  public var input: Payload
  /// `$$`; needed only where an expression's `usesContext` is true.
  public var context: JSONValue
  /// `$name`
  public var variables: [String: JSONValue]

  public init(input: Payload, context: JSONValue = .null, variables: [String: JSONValue] = [:]) {
    self.input = input
    self.context = context
    self.variables = variables
  }
}

/// Why an expression has no value, in AWS's words but without the part that names the state.
public enum QueryFailure: Error, Sendable, Hashable {
  /// The path, without the `$` that marks the context object, and the document it was looked up in.
  case notFound(path: String, input: String)
  /// An intrinsic call could not be carried out.
  case intrinsic(call: String, reason: String)

  /// The sentence for the field the expression stands in, such as `name.$` or `SecondsPath`.
  public func cause(field: String) -> String {
    switch self {
    case .notFound(let path, let input):
      "The JSONPath '\(path)' specified for the field '\(field)' could not be found in the input '\(input)'"
    case .intrinsic(let call, let reason):
      "The function '\(call)' had the following error: \(reason)"
    }
  }
}
