import JSON
import Synchronization

/// A structure of a service's model: an operation's input or output or a part of one.
///
/// Property names are AWS's member names with the first letter in lower case; where a room's wire spells them otherwise,
/// `CodingKeys` say how. Structures inside an input declare limits of their own.
package protocol Shape: Codable, Sendable {
  static var limits: [Limit<Self>] { get }
}

extension Shape {
  package static var limits: [Limit<Self>] { [] }

  /// The sentences of every limit the value breaks, as AWS words them, in the order of declaration.
  func violations(at path: () -> JSONPathNode?, except places: Set<String>) -> [String] {
    var sentences: [String] = []
    for limit in KnownLimits.of(Self.self) {
      let violations = limit.check(self)
      if violations.isEmpty { continue }
      let place = path().map { "\($0.text).\(limit.member)" } ?? limit.member
      if places.contains(place) { continue }
      sentences += violations.map { "Value \($0.value) at '\(place)' failed to satisfy constraint: \($0.constraint)" }
    }
    return sentences
  }
}

/// The limits of each type, made once: every one is a closure over a key path.
private enum KnownLimits {
  /// An object, which is told by its class at once.
  private final class List<Value>: Sendable {
    let limits: [Limit<Value>]
    init(_ limits: [Limit<Value>]) { self.limits = limits }
  }
  private static let all = Mutex<[ObjectIdentifier: any AnyObject & Sendable]>([:])

  static func of<Value: Shape>(_ type: Value.Type) -> [Limit<Value>] {
    let id = ObjectIdentifier(type)
    if let known = all.withLock({ $0[id] }) as? List<Value> { return known.limits }
    let limits = Value.limits
    all.withLock { $0[id] = List(limits) }
    return limits
  }
}

/// A structure without members.
package struct Empty: Shape {
  package init() {}
}
