import Synchronization

/// The rules of an event bus, compiled into one index, and which of them match an event.
///
/// Many threads may match at the same time, and go on while rules are added and removed: a match sees the rules as they were
/// when it began. Adding or removing a rule takes time that hardly grows with the number of rules.
public final class RuleMatcher<ID: Hashable & Sendable>: Sendable {
  /// What stands for a rule in the index.
  private final class Rule: Sendable {
    let id: ID
    init(_ id: ID) { self.id = id }
  }

  private struct Rules: ~Copyable {
    var editor = IndexEditor()
    var entries: [ID: (rule: Rule, entry: IndexEditor.Entry)] = [:]
  }

  private struct Published {
    var index = RuleIndex()
    /// Memory of matches that are over, for the next ones.
    var idle: [MatchMemory] = []
  }

  private let rules = Mutex(Rules())
  private let published = Mutex(Published())

  public init() {}

  /// The number of rules.
  public var count: Int { rules.withLock { $0.entries.count } }

  /// Whether there is a rule of that name.
  public func contains(_ id: ID) -> Bool { rules.withLock { $0.entries[id] != nil } }

  /// Adds a rule, in place of one with the same name.
  public func add(_ id: ID, _ pattern: EventPattern) {
    rules.withLock { rules in
      let replaced = rules.entries[id]
      let rule = Rule(id)
      let entry = rules.editor.add(pattern.alternatives, rule)
      rules.entries[id] = (rule, entry)
      if let replaced { rules.editor.remove(replaced.entry) }
      publish(rules.editor.index)
    }
  }

  /// Removes the rule of that name. Returns whether there was one.
  @discardableResult
  public func remove(_ id: ID) -> Bool {
    rules.withLock { rules in
      guard let removed = rules.entries.removeValue(forKey: id) else { return false }
      rules.editor.remove(removed.entry)
      publish(rules.editor.index)
      return true
    }
  }

  private func publish(_ index: RuleIndex) {
    // The old index is released outside the lock: it may be the last to hold some of its nodes.
    let old = published.withLock { published in
      let old = published.index
      published.index = index
      return old
    }
    withExtendedLifetime(old) {}
  }

  /// The rules that match the event, each once, in no particular order.
  ///
  /// An event is a JSON object in UTF-8. One that is none, or breaks off, matches no rule; of other mistakes in its text, those
  /// in places that no rule looks at are not noticed. `EventPattern.check(event:)` tells what is wrong with an event.
  public func matches(_ event: [UInt8]) -> [ID] {
    event.withUnsafeBytes { matches($0) }
  }

  /// The rules that match the event, which stays as it is during the call; see `matches(_:)` over an array.
  public func matches(_ event: UnsafeRawBufferPointer) -> [ID] {
    let (index, taken) = published.withLock { ($0.index, $0.idle.popLast()) }
    let memory = taken ?? MatchMemory()
    MatchRun.find(event, index, memory)
    var found: [ID] = []
    if memory.found.count > 0 {
      found.reserveCapacity(memory.found.count)
      withExtendedLifetime(index) {
        for position in 0..<memory.found.count {
          found.append(Unmanaged<Rule>.fromOpaque(memory.found[position])._withUnsafeGuaranteedRef { $0.id })
        }
      }
    }
    published.withLock { $0.idle.append(memory) }
    return found
  }
}
