import MetricMath
import Series
import ServiceKit
import Store
import Synchronization
import Time

/// The metric alarms in memory, by what they watch: which of them an evaluation can change now.
///
/// It is made from the Catalog after a start and follows every commit that touches an alarm. An alarm whose series are silent and whose
/// evaluation range holds no data is not evaluated: nothing can change it.
final class AlarmBoard: Sendable {
  struct Name: Hashable, Sendable {
    var partition: Partition
    var name: String
  }
  /// An alarm as evaluations see it.
  struct Watch: Sendable {
    var name: Name
    var definition: AlarmDefinition
    var state: AlarmState
    /// To tell whether the stored alarm is still the one that was judged.
    var configured: Timestamp
    var stateUpdated: Timestamp
  }
  private struct Slot {
    var watch: Watch
    /// Got samples since it was judged, is new here, or was put into a state by hand.
    var isDirty = true
    /// The end of the range that it was judged for, in seconds.
    var judged = Int64.min
  }
  private struct Family: Hashable {
    var scope: String
    var namespace: String
    var name: String
  }
  private struct State {
    var slots: [Name: Slot] = [:]
    /// How many alarms there are of each cadence.
    var counts: [Int: Int] = [:]
    /// Alarms that have something to judge, by cadence.
    var active: [Int: Set<Name>] = [:]
    var byMetric: [MetricKey: Set<Name>] = [:]
    var byFamily: [Family: Set<Name>] = [:]
    var token: MetricChangeToken?
    var isLoaded = false
    /// Alarms whose last evaluation failed.
    var failing: Set<Name> = []
    /// The latest turn that each cadence was judged at, in seconds.
    var turns: [Int: Int64] = [:]
  }
  private let state = Mutex(State())

  static let cadences = [10, 60, 3_600]

  var isLoaded: Bool { state.withLock { $0.isLoaded } }
  func loaded() { state.withLock { $0.isLoaded = true } }
  var count: Int { state.withLock { $0.slots.count } }
  /// How many alarms have something to judge.
  var activeCount: Int { state.withLock { $0.active.values.reduce(0) { $0 + $1.count } } }
  /// Whether any alarm is evaluated more often than once a minute.
  var isFast: Bool { state.withLock { $0.counts[10, default: 0] > 0 } }

  /// The alarms that use the metric; nil before all alarms are known.
  func names(watching key: MetricKey, in partition: Partition) -> [String]? {
    state.withLock { state in
      state.isLoaded ? (state.byMetric[key] ?? []).filter { $0.partition == partition }.map(\.name) : nil
    }
  }

  /// Takes in an alarm as it was stored; what is older than what is known changes nothing.
  func put(_ watch: Watch, forced: Bool) {
    state.withLock { state in
      if let known = state.slots[watch.name]?.watch {
        guard (known.configured, known.stateUpdated) <= (watch.configured, watch.stateUpdated) else { return }
        if known.configured == watch.configured {
          state.slots[watch.name]?.watch.state = watch.state
          state.slots[watch.name]?.watch.stateUpdated = watch.stateUpdated
          state.slots[watch.name]?.watch.definition.warmUp = watch.definition.warmUp
          if forced { Self.mark(watch.name, &state) }
          return
        }
        Self.remove(watch.name, &state)
      }
      state.slots[watch.name] = Slot(watch: watch)
      state.counts[watch.definition.cadence, default: 0] += 1
      Self.index(watch, &state)
      Self.mark(watch.name, &state)
    }
  }

  func remove(_ name: Name) { state.withLock { Self.remove(name, &$0) } }

  private static func mark(_ name: Name, _ state: inout State) {
    guard let cadence = state.slots[name]?.watch.definition.cadence else { return }
    state.slots[name]?.isDirty = true
    state.active[cadence, default: []].insert(name)
  }

  private static func families(_ watch: Watch) -> [Family] {
    guard case .math(let math) = watch.definition.source else { return [] }
    let scope = CloudWatch.scope(watch.name.partition)
    return math.plan.insights.map { Family(scope: scope, namespace: $0.query.namespace, name: $0.query.metricName) }
  }

  private static func index(_ watch: Watch, _ state: inout State) {
    for key in watch.definition.keys { state.byMetric[key, default: []].insert(watch.name) }
    for family in families(watch) { state.byFamily[family, default: []].insert(watch.name) }
  }

  private static func remove(_ name: Name, _ state: inout State) {
    guard let slot = state.slots.removeValue(forKey: name) else { return }
    state.active[slot.watch.definition.cadence]?.remove(name)
    state.failing.remove(name)
    state.counts[slot.watch.definition.cadence, default: 1] -= 1
    for key in slot.watch.definition.keys {
      state.byMetric[key]?.remove(name)
      if state.byMetric[key]?.isEmpty == true { state.byMetric[key] = nil }
    }
    for family in families(slot.watch) {
      state.byFamily[family]?.remove(name)
      if state.byFamily[family]?.isEmpty == true { state.byFamily[family] = nil }
    }
  }
}

extension AlarmDefinition {
  /// The metrics it names.
  var keys: [MetricKey] {
    switch source {
    case .metric(let metric): [metric.key]
    case .math(let math): math.metrics.values.map(\.key)
    }
  }
}

extension AlarmBoard {
  /// Marks the alarms whose series have got samples since the last look.
  func look(at engine: MetricEngine) {
    let changes = engine.changes(since: state.withLock { $0.token })
    let keys = engine.keys(of: changes.handles)
    state.withLock { state in
      state.token = changes.token
      guard changes.isComplete else {
        // Too much has happened to be told one by one.
        for name in state.slots.keys { Self.mark(name, &state) }
        return
      }
      for key in keys {
        for name in state.byMetric[key] ?? [] { Self.mark(name, &state) }
        guard !state.byFamily.isEmpty else { continue }
        for name in state.byFamily[Family(scope: key.scope, namespace: key.namespace, name: key.name)] ?? [] { Self.mark(name, &state) }
      }
    }
  }

  /// The alarms to judge now, if a turn of their cadence has come since the last time.
  ///
  /// - Returns: with the instant of the turn, in seconds.
  func due(_ now: Timestamp) -> [(turn: Int64, watch: Watch)] {
    state.withLock { state in
      var found: [(Int64, Watch)] = []
      for cadence in Self.cadences {
        let turn = now.seconds - ((now.seconds % Int64(cadence)) + Int64(cadence)) % Int64(cadence)
        guard state.turns[cadence] != turn else { continue }
        state.turns[cadence] = turn
        for name in state.active[cadence] ?? [] {
          guard let slot = state.slots[name] else { continue }
          let end = slot.watch.definition.end(now)
          guard slot.isDirty || end != slot.judged else { continue }
          state.slots[name]?.isDirty = false
          state.slots[name]?.judged = end
          found.append((turn, slot.watch))
        }
      }
      return found
    }
  }

  /// Puts aside an alarm without data, until some comes.
  func rest(_ name: Name) {
    state.withLock { state in
      guard let slot = state.slots[name], !slot.isDirty else { return }
      state.active[slot.watch.definition.cadence]?.remove(name)
    }
  }

  /// Judges it again at the next turn, because it could not be evaluated.
  func failed(_ name: Name) {
    state.withLock { state in
      Self.mark(name, &state)
      if state.slots[name] != nil { state.failing.insert(name) }
    }
  }

  func evaluated(_ name: Name) {
    state.withLock { state in if !state.failing.isEmpty { state.failing.remove(name) } }
  }

  func isFailing(_ name: Name) -> Bool { state.withLock { $0.failing.contains(name) } }

  /// Judges it again at the next turn, because its judgement could not be made or kept.
  func again(_ name: Name) { state.withLock { Self.mark(name, &$0) } }
}
