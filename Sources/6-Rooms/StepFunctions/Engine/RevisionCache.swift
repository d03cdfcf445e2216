import Synchronization

/// Keeps what was made of stored rows, by name; at most a thousand, then it begins anew.
///
/// For rows that change, whoever changes them calls `forget` after the commit: what was being loaded meanwhile is not kept.
final class RevisionCache<Value: Sendable>: Sendable {
  private struct State {
    var values: [String: Value] = [:]
    var generation = 0
  }
  private static var most: Int { 1_000 }
  private let state = Mutex(State())

  func value(_ name: String, _ load: () throws -> Value) rethrows -> Value {
    let (known, generation) = state.withLock { ($0.values[name], $0.generation) }
    if let known { return known }
    let value = try load()
    keep(value, name, generation)
    return value
  }

  /// The value if it is known, and the generation to keep another with.
  func find(_ name: String) -> (value: Value?, generation: Int) { state.withLock { ($0.values[name], $0.generation) } }

  func keep(_ value: Value, _ name: String, _ generation: Int) {
    state.withLock { state in
      guard state.generation == generation else { return }
      if state.values.count >= Self.most { state.values = [:] }
      state.values[name] = value
    }
  }

  func forget() {
    state.withLock { state in
      state.values = [:]
      state.generation += 1
    }
  }
}
