import JSON

/// A compiled payload template: JSON in which every member whose name ends with `.$` is computed.
///
/// Members are written in the order AWS writes them: constants as given, then the computed ones of the same object in the order of
/// a Java hash map. Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
public struct PayloadTemplate: Sendable {
  let root: Node
  /// True when evaluation looks at the context object.
  public let usesContext: Bool
  /// Names of the variables it reads, in no particular order.
  public let variableNames: Set<String>

  indirect enum Node: Sendable {
    case constant(JSONValue)
    case array([Node])
    case object([Member])
  }

  struct Member: Sendable {
    let name: String
    let value: Value
  }

  enum Value: Sendable {
    case node(Node)
    case expression(QueryExpression, field: String)
  }

  /// A member that cannot be compiled.
  public struct Fault: Error, Sendable, Hashable {
    /// The member's name, with its `.$`.
    public let field: String
    /// What the compiler of paths says.
    public let reason: JSONPathSyntaxError?

    /// The sentence AWS answers to CreateStateMachine.
    public var message: String {
      "The value for the field '\(field)' must be a valid JSONPath or a valid intrinsic function call"
    }
  }

  public init(_ template: JSONValue) throws(Fault) {
    var uses = Uses()
    root = try Self.compile(template, &uses)
    usesContext = uses.context
    variableNames = uses.variables
  }

  private struct Uses {
    var context = false
    var variables: Set<String> = []
  }

  private static func compile(_ value: JSONValue, _ uses: inout Uses) throws(Fault) -> Node {
    switch value {
    case .array(let elements):
      var nodes: [Node] = []
      for element in elements { nodes.append(try compile(element, &uses)) }
      return nodes.allSatisfy(\.isConstant) ? .constant(value) : .array(nodes)
    case .object(let object):
      return try compile(object, &uses)
    default:
      return .constant(value)
    }
  }

  private static func compile(_ object: JSONObject, _ uses: inout Uses) throws(Fault) -> Node {
    var members: [Member] = []
    var computed: [Member] = []
    for (name, value) in object {
      guard name.hasSuffix(".$") else {
        members.append(Member(name: name, value: .node(try compile(value, &uses))))
        continue
      }
      guard case .string(let text) = value else { throw Fault(field: name, reason: nil) }
      let expression: QueryExpression
      do throws(JSONPathSyntaxError) {
        expression = try QueryExpression(text)
      } catch {
        throw Fault(field: name, reason: error)
      }
      uses.context = uses.context || expression.usesContext
      uses.variables.formUnion(expression.variableNames)
      computed.append(Member(name: String(name.dropLast(2)), value: .expression(expression, field: name)))
    }
    if computed.isEmpty, members.allSatisfy({ if case .node(.constant) = $0.value { true } else { false } }) {
      return .constant(.object(object))
    }
    members += JavaOrder.order(computed.map(\.name)).map { computed[$0] }
    return .object(members)
  }

  /// Takes the template apart from the inside out.
  public func fold<Result>(
    constant: (JSONValue) -> Result, expression: (QueryExpression, _ field: String) -> Result, array: ([Result]) -> Result,
    object: ([(name: String, value: Result)]) -> Result
  ) -> Result {
    func fold(_ node: Node) -> Result {
      switch node {
      case .constant(let value): constant(value)
      case .array(let nodes): array(nodes.map(fold))
      case .object(let members):
        object(
          members.map { member in
            switch member.value {
            case .node(let node): (member.name, fold(node))
            case .expression(let text, let field): (member.name, expression(text, field))
            }
          })
      }
    }
    return fold(root)
  }

  /// The payload for a scope. An index past the end of an array answers null; any other missing value fails.
  public func evaluate(_ scope: QueryScope, _ environment: IntrinsicEnvironment) throws(PayloadFailure) -> JSONValue {
    try root.evaluate(scope, environment)
  }

  /// The value of each top-level member by itself, as `Assign` needs them; nil when the template is no object.
  public func evaluateMembers(
    _ scope: QueryScope, _ environment: IntrinsicEnvironment
  ) throws(PayloadFailure) -> JSONObject? {
    try evaluate(scope, environment).object
  }
}

/// A failed member of a payload template.
public struct PayloadFailure: Error, Sendable, Hashable {
  /// The member's name, with its `.$`.
  public let field: String
  public let failure: QueryFailure

  /// The sentence AWS shows, without the part that names the state.
  public var cause: String { failure.cause(field: field) }
}

extension PayloadTemplate.Node {
  var isConstant: Bool {
    if case .constant = self { true } else { false }
  }

  func evaluate(_ scope: QueryScope, _ environment: IntrinsicEnvironment) throws(PayloadFailure) -> JSONValue {
    switch self {
    case .constant(let value): return value
    case .array(let nodes):
      var elements: [JSONValue] = []
      elements.reserveCapacity(nodes.count)
      for node in nodes { elements.append(try node.evaluate(scope, environment)) }
      return .array(elements)
    case .object(let members):
      var object = JSONObject()
      object.reserveCapacity(members.count)
      for member in members { object[member.name] = try member.evaluate(scope, environment) }
      return .object(object)
    }
  }
}

extension PayloadTemplate.Member {
  func evaluate(_ scope: QueryScope, _ environment: IntrinsicEnvironment) throws(PayloadFailure) -> JSONValue {
    switch value {
    case .node(let node): return try node.evaluate(scope, environment)
    case .expression(let expression, let field):
      do throws(QueryFailure) {
        return try expression.value(scope, environment, nullWhenOutOfRange: true)
      } catch {
        throw PayloadFailure(field: field, failure: error)
      }
    }
  }
}
