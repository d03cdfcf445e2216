import JSON

/// A compiled string expression of a JSONPath state: a path into the input, the context object or a variable, or an intrinsic call.
public struct QueryExpression: Sendable {
  /// The expression as written.
  public let text: String
  let form: Form

  enum Form: Sendable {
    case input(JSONPath)
    case context(JSONPath)
    case variable(String, JSONPath)
    case intrinsic(IntrinsicCall)
  }

  /// Compiles `$...`, `$$...`, `$name...` or `States.Name(...)`.
  public init(_ text: String) throws(JSONPathSyntaxError) {
    self.text = text
    form = try Self.form(text)
  }

  private static func form(_ text: String) throws(JSONPathSyntaxError) -> Form {
    let bytes = text.utf8
    guard bytes.first == UInt8(ascii: "$") else { return .intrinsic(try IntrinsicCall(text)) }
    let rest = text.dropFirst()
    switch rest.utf8.first {
    case nil, UInt8(ascii: "."), UInt8(ascii: "["): return .input(try JSONPath(text))
    case UInt8(ascii: "$"): return .context(try JSONPath(String(rest)))
    default:
      let name = rest.prefix { $0 != "." && $0 != "[" }
      guard isVariableName(name) else { throw JSONPathSyntaxError(offset: 1, message: "Invalid variable name") }
      return .variable(String(name), try JSONPath("$" + rest.dropFirst(name.count)))
    }
  }

  /// True for what may follow `$` as a variable's name: a letter or `_`, then letters, digits and `_`, at most 80 characters.
  public static func isVariableName(_ name: some StringProtocol) -> Bool {
    guard let first = name.unicodeScalars.first, name.unicodeScalars.count <= 80 else { return false }
    func letter(_ scalar: Unicode.Scalar) -> Bool { scalar == "_" || scalar.properties.isXIDStart }
    return letter(first) && name.unicodeScalars.dropFirst().allSatisfy { letter($0) || $0.properties.isXIDContinue }
  }

  /// True when evaluation looks at the context object.
  public var usesContext: Bool {
    switch form {
    case .context: true
    case .input, .variable: false
    case .intrinsic(let call): call.usesContext
    }
  }

  /// Names of the variables it reads.
  public var variableNames: [String] {
    switch form {
    case .variable(let name, _): [name]
    case .input, .context: []
    case .intrinsic(let call): call.variableNames
    }
  }

  /// True for `$`.
  public var isWholeInput: Bool {
    if case .input(let path) = form { path.isRoot } else { false }
  }

  /// The path into the input, when that is what the expression is.
  public var inputPath: JSONPath? {
    if case .input(let path) = form { path } else { nil }
  }

  public var isIntrinsic: Bool {
    if case .intrinsic = form { true } else { false }
  }

  /// False when the path may answer several values at once.
  public var isDefinite: Bool {
    switch form {
    case .input(let path), .context(let path), .variable(_, let path): path.isDefinite
    case .intrinsic: true
    }
  }

  /// What the expression names: a value, or why there is none.
  public enum Resolution: Sendable {
    case value(JSONValue)
    case missing(PathMiss)
    case unknownVariable(String)
  }

  /// Evaluates without deciding what a missing value means. Throws only for a failed intrinsic call.
  public func resolve(_ scope: QueryScope, _ environment: IntrinsicEnvironment) throws(QueryFailure) -> Resolution {
    switch form {
    case .input(let path): return Self.read(path, scope.input.value)
    case .context(let path): return Self.read(path, scope.context)
    case .variable(let name, let path):
      guard let value = scope.variables[name] else { return .unknownVariable(name) }
      return Self.read(path, value)
    case .intrinsic(let call): return .value(try call.evaluate(scope, environment))
    }
  }

  private static func read(_ path: JSONPath, _ value: JSONValue) -> Resolution {
    do throws(PathMiss) {
      return .value(try path.read(value))
    } catch {
      return .missing(error)
    }
  }

  /// The value; a missing one is a failure that names the path and the document searched.
  ///
  /// - Parameter nullWhenOutOfRange: an index past the end of an array that is there answers null, as in payload templates.
  public func value(
    _ scope: QueryScope, _ environment: IntrinsicEnvironment, nullWhenOutOfRange: Bool = false
  ) throws(QueryFailure) -> JSONValue {
    switch try resolve(scope, environment) {
    case .value(let value): return value
    case .missing(let miss):
      if nullWhenOutOfRange, miss.isOutOfRange { return .null }
      throw notFound(scope)
    case .unknownVariable: throw notFound(scope)
    }
  }

  func notFound(_ scope: QueryScope) -> QueryFailure {
    switch form {
    case .context(let path): .notFound(path: path.text, input: scope.context.text)
    case .variable:
      .notFound(
        path: text,
        input: JSONValue.object(scope.variables.sorted { $0.key < $1.key }.reduce(into: JSONObject()) { $0[$1.key] = $1.value }).text)
    case .input, .intrinsic: .notFound(path: text, input: scope.input.text)
    }
  }
}

extension QueryExpression: Hashable {
  public static func == (left: QueryExpression, right: QueryExpression) -> Bool { left.text == right.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
