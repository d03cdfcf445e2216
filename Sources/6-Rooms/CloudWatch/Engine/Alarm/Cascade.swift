import JSON
import MetricMath
import ServiceKit
import Store
import Time

/// The composite alarms that follow from a change, each judged once, after all of those it needs.
extension Call where Home == CloudWatch {
  /// Composite alarms that one transaction judges; the others are judged by a worker right after it.
  private static var most: Int { 200 }

  func links(to child: String) throws -> [AlarmLink] {
    var found: [AlarmLink] = []
    try transaction.forEach(AlarmLink.self, in: partition, prefix: AlarmLink.prefix(child)) { link in
      found.append(link)
      return true
    }
    return found
  }

  func cascade(from name: String) throws {
    // Everything above the alarm, with the alarms below it that may change too.
    var (order, needs, parents): ([String], [String: Int], [String: [AlarmLink]]) = ([], [:], [:])
    var open = [name]
    var at = 0
    while at < open.count, order.count < Self.most {
      let links = try links(to: open[at])
      parents[open[at]] = links
      for link in links where link.role == .child {
        if needs[link.parent] == nil, link.parent != name {
          order.append(link.parent)
          open.append(link.parent)
        }
        needs[link.parent, default: 0] += 1
      }
      at += 1
    }
    var changed: Set<String> = [name]
    var judged: Set<String> = [name]
    var ready = [name]
    func follow(_ child: String) throws {
      for link in parents[child] ?? [] {
        if link.role == .suppressor {
          if changed.contains(child) { try suppressorChanged(link.parent) }
          continue
        }
        needs[link.parent, default: 1] -= 1
        if needs[link.parent] == 0, !judged.contains(link.parent) { ready.append(link.parent) }
      }
    }
    var cause = [name: name]
    // What is part of a cycle is never ready: what has changed below it decides, and the evaluation stops where the cycle closes.
    func stuck() -> String? {
      order.first { name in !judged.contains(name) && cause[name] != nil }
    }
    while let next = ready.popLast() ?? stuck() {
      if next != name {
        judged.insert(next)
        if try judgeComposite(next, because: cause[next] ?? name) { changed.insert(next) }
      }
      if changed.contains(next) { for link in parents[next] ?? [] { cause[link.parent] = next } }
      try follow(next)
    }
    for left in open.dropFirst(at) { try schedule(left, for: JudgeComposite.queue, key: left) }
  }

  /// Judges a composite alarm. Answers whether its state has become another one.
  func judgeComposite(_ name: String, because child: String) throws -> Bool {
    guard var alarm = try get(CompositeAlarm.self, name) else { return false }
    let (state, data) = try verdict(alarm)
    guard state != alarm.state else { return false }
    var reason = "\(alarm.arn(partition)) evaluates to \(state.rawValue)"
    if let now = try self.state(of: child) {
      reason = "\(Alarm.arn(child, partition)) transitioned to \(now.state.rawValue) at \(AlarmJSON.longDate(now.updated))"
    }
    try changeAlone(&alarm, to: state, reason: reason, data: data)
    return true
  }

  /// The state that the rule gives, and the alarms that decide it.
  func verdict(_ alarm: CompositeAlarm) throws -> (AlarmState, JSONValue) {
    let rule: AlarmRule
    do { rule = try AlarmRule(alarm.rule) } catch { throw Fault.broken(error.message) }
    var states: [AlarmRule.Reference: (state: AlarmState, updated: Timestamp)] = [:]
    for reference in rule.references { states[reference] = try state(of: reference.name) }
    let state = { (reference: AlarmRule.Reference) in states[reference].flatMap { AlarmRule.State(rawValue: $0.state.rawValue) } }
    let triggering = rule.decisive(state).compactMap { reference -> JSONValue? in
      guard let known = states[reference] else { return nil }
      return [
        "arn": .string(Alarm.arn(reference.name, partition).description),
        "state": ["value": .string(known.state.rawValue), "timestamp": AlarmJSON.date(known.updated)],
      ]
    }
    return (rule.evaluate(state) ? .alarm : .ok, ["triggeringAlarms": .array(triggering)])
  }
}

/// Judges a composite alarm of which one transaction had too many above it.
struct JudgeComposite: Worker {
  static let queue = "cloudwatch.judge-composite"

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let name = try work.payload(String.self)
    try await work.finish { call in
      _ = try call.judgeComposite(name, because: name)
      try call.cascade(from: name)
    }
  }
}
