import Synchronization

/// The rules of a matcher as those see them who change them.
final class RuleSet<ID: Hashable & Sendable>: Sendable {
  private struct Rules: ~Copyable {
    var editor = IndexEditor()
    var entries: [ID: IndexEditor.Entry] = [:]
  }
  private let rules = Mutex(Rules())

  var count: Int { rules.withLock { $0.entries.count } }

  func contains(_ id: ID) -> Bool { rules.withLock { $0.entries[id] != nil } }

  func add(_ id: ID, _ pattern: EventPattern, _ published: PublishedRules) {
    rules.withLock { rules in
      let replaced = rules.entries[id]
      rules.entries[id] = rules.editor.add(pattern.alternatives, NamedRule(id))
      if let replaced { rules.editor.remove(replaced) }
      published.publish(rules.editor.index)
    }
  }

  func remove(_ id: ID, _ published: PublishedRules) -> Bool {
    rules.withLock { rules in
      guard let removed = rules.entries.removeValue(forKey: id) else { return false }
      rules.editor.remove(removed)
      published.publish(rules.editor.index)
      return true
    }
  }
}

/// The rules of a matcher as events meet them.
@usableFromInline
final class PublishedRules: Sendable {
  /// The rules at one moment. One object, so that a match counts a single reference.
  private final class Snapshot: Sendable {
    let index: RuleIndex
    init(_ index: RuleIndex) { self.index = index }
  }

  private struct State {
    var snapshot = Snapshot(RuleIndex())
    /// Memory of matches that are over, for the next ones.
    var idle: [Memory] = []
  }

  /// Unchecked: whoever took it out of `idle` is alone with it.
  private struct Memory: @unchecked Sendable {
    let memory: MatchMemory
  }

  private let state = Mutex(State())

  init() {}

  deinit {
    state.withLock { state in
      for idle in state.idle { idle.memory.deallocate() }
      state.idle = []
    }
  }

  func publish(_ index: RuleIndex) {
    let new = Snapshot(index)
    // The old index is released outside the lock: it may be the last to hold some of its nodes.
    let old = state.withLock { state in
      let old = state.snapshot
      state.snapshot = new
      return old
    }
    withExtendedLifetime(old) {}
  }

  /// Calls the body with the address of each rule's object.
  @usableFromInline
  func forEachMatch(of event: UnsafeRawBufferPointer, _ body: (UnsafeRawPointer) -> Void) {
    let (snapshot, idle) = state.withLock { ($0.snapshot, $0.idle.popLast()) }
    let taken = idle ?? Memory(memory: MatchMemory())
    let memory = taken.memory
    MatchRun.find(event, snapshot.index, memory)
    withExtendedLifetime(snapshot) {
      let found = memory.found
      for position in 0..<found.count { body(found[position].pointee.rule) }
    }
    state.withLock { $0.idle.append(taken) }
  }
}
