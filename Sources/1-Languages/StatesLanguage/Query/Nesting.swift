import JSON
import JSONPath

/// How deep data may be nested: what a stored state holds must be readable again, and nothing that walks through data may exhaust
/// the thread's stack. Definitions can nest their own data one level deeper in every round of a loop.
enum Nesting {
  static let deepest = JSONLimits().depth
}

extension JSONValue {
  /// True when arrays and objects stand in each other more often than that.
  func isNested(deeperThan levels: Int) -> Bool {
    switch self {
    case .array(let elements):
      guard levels > 0 else { return true }
      return elements.contains { $0.isNested(deeperThan: levels - 1) }
    case .object(let object):
      guard levels > 0 else { return true }
      for (_, member) in object where member.isNested(deeperThan: levels - 1) { return true }
      return false
    default: return false
    }
  }
}

extension Run {
  /// A payload that a state has computed.
  func computed(_ value: JSONValue, _ strand: Strand, _ state: State) throws(Failure) -> Payload {
    guard !value.isNested(deeperThan: Nesting.deepest) else { throw tooDeep(strand, state) }
    return Payload(value)
  }

  func tooDeep(_ strand: Strand, _ state: State) -> Failure {
    runtime(strand, state, "The data is nested deeper than \(Nesting.deepest) levels.")
  }
}
