import JSON
import ServiceKit
import Store
import Time

/// Actions of composite alarms that another alarm keeps back.
///
/// Source: Amazon CloudWatch User Guide, "Suppressing composite alarm actions".
extension Call where Home == CloudWatch {
  /// What the suppressor makes of a change of the composite alarm's state.
  func suppress(_ alarm: inout CompositeAlarm, was old: AlarmState) throws {
    guard let suppressor = alarm.suppressorName else { return }
    if let suppression = alarm.suppression {
      // In the state again in which it last acted: there is nothing left to keep back.
      if suppression.from == alarm.state { try end(&alarm) }
      return
    }
    if try state(of: suppressor)?.state == .alarm {
      alarm.suppression = .init(phase: .alarm, from: old)
    } else if alarm.state == .alarm, let wait = alarm.waitPeriod, wait > 0 {
      alarm.suppression = .init(phase: .wait, until: now + .seconds(wait), from: old)
      try schedule(alarm.name, for: EndSuppression.queue, key: alarm.name, at: now + .seconds(wait))
    }
  }

  private func end(_ alarm: inout CompositeAlarm) throws {
    alarm.suppression = nil
    try transaction.cancel(EndSuppression.queue, key: alarm.name, in: partition)
  }

  /// The suppressor of the composite alarm has changed its state.
  func suppressorChanged(_ name: String) throws {
    guard var alarm = try get(CompositeAlarm.self, name), let suppression = alarm.suppression, let suppressor = alarm.suppressorName
    else { return }
    let isAlarm = try state(of: suppressor)?.state == .alarm
    let old = alarm
    switch (suppression.phase, isAlarm) {
    case (.wait, true), (.extended, true):
      try transaction.cancel(EndSuppression.queue, key: name, in: partition)
      alarm.suppression = .init(phase: .alarm, from: suppression.from)
    case (.alarm, false):
      guard let length = alarm.extensionPeriod, length > 0 else { return try release(name) }
      alarm.suppression = .init(phase: .extended, until: now + .seconds(length), from: suppression.from)
      try schedule(name, for: EndSuppression.queue, key: name, at: now + .seconds(length))
    case (.alarm, true), (.wait, false), (.extended, false): return
    }
    alarm.stateUpdated = now
    try put(alarm)
    try emitState(alarm, old, try mute(of: name))
  }

  /// Nothing keeps the composite alarm's actions back any longer: those of its state are done, if it is not the one it last acted in.
  func release(_ name: String) throws {
    guard var alarm = try get(CompositeAlarm.self, name), let suppression = alarm.suppression else { return }
    let old = alarm
    try end(&alarm)
    alarm.stateUpdated = now
    let mute = try mute(of: name)
    let differs = alarm.state != suppression.from
    if differs, mute != nil { alarm.held = HeldActions(from: alarm.held?.from ?? suppression.from) }
    try put(alarm)
    try emitState(alarm, old, mute)
    guard differs, alarm.actionsEnabled else { return }
    if let mute { try noteMuted(alarm, mute) } else { try act(alarm, from: suppression.from) }
  }
}

/// Ends a wait or an extension when its time is over.
struct EndSuppression: Worker {
  static let queue = "cloudwatch.suppression"

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let name = try work.payload(String.self)
    try await work.finish { try $0.release(name) }
  }
}
