/// The rules of an event bus, compiled into one index, and which of them match an event.
///
/// Many threads may match at the same time, and go on while rules are added and removed: a match sees the rules as they were
/// when it began. Adding or removing a rule takes time that hardly grows with the number of rules.
public final class RuleMatcher<ID: Hashable & Sendable>: Sendable {
  private let rules = RuleSet<ID>()
  @usableFromInline let published = PublishedRules()

  public init() {}

  /// The number of rules.
  public var count: Int { rules.count }

  /// Whether there is a rule of that name.
  public func contains(_ id: ID) -> Bool { rules.contains(id) }

  /// Adds a rule, in place of one with the same name.
  public func add(_ id: ID, _ pattern: EventPattern) { rules.add(id, pattern, published) }

  /// Removes the rule of that name. Returns whether there was one.
  @discardableResult
  public func remove(_ id: ID) -> Bool { rules.remove(id, published) }

  /// The rules that match the event, each once, in no particular order.
  ///
  /// An event is a JSON object in UTF-8. One that is none, or breaks off, matches no rule; of other mistakes in its text, those
  /// in places that no rule looks at are not noticed. `EventPattern.check(event:)` tells what is wrong with an event.
  @inlinable
  public func matches(_ event: [UInt8]) -> [ID] {
    event.withUnsafeBytes { matches($0) }
  }

  /// The rules that match the event, which stays as it is during the call; see `matches(_:)` over an array.
  @inlinable
  public func matches(_ event: UnsafeRawBufferPointer) -> [ID] {
    var found: [ID] = []
    published.forEachMatch(of: event) { rule in
      found.append(Unmanaged<NamedRule<ID>>.fromOpaque(rule)._withUnsafeGuaranteedRef { $0.id })
    }
    return found
  }
}

/// What stands for a rule in the index.
@usableFromInline
final class NamedRule<ID: Hashable & Sendable>: Sendable {
  @usableFromInline let id: ID
  init(_ id: ID) { self.id = id }
}
