import ServiceKit
import Store

/// Deletes alarms; their history stays. Source: Amazon CloudWatch API Reference, DeleteAlarms.
///
/// Names that are not there are passed over when others are. Faults: ResourceNotFound when none is there; ValidationError for an alarm that
/// a composite alarm needs, and for more than one composite alarm.
struct DeleteAlarms: Operation {
  struct Input: Shape {
    var alarmNames: [String]
    static var limits: [Limit<Self>] { [.count("alarmNames", \.alarmNames, 0...100)] }
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    let names = Set(input.alarmNames).sorted()
    let metric = try names.compactMap { try call.get(Alarm.self, $0) }
    let composite = try names.compactMap { try call.get(CompositeAlarm.self, $0) }
    guard composite.count <= 1 else {
      throw Fault.broken("Cannot delete more than one composite alarm in one request.")
    }
    if metric.isEmpty, composite.isEmpty {
      guard names.count != 1 else { throw Fault.notFound("Alarm \(names[0]) does not exist.") }
      if !names.isEmpty { throw Fault.notFound("Alarms [\(names.joined(separator: ", "))] do not exist.") }
    }
    let found = metric.map(\.name) + composite.map(\.name)
    let needed = try found.filter { try !call.links(to: $0).isEmpty }
    guard needed.isEmpty else {
      throw Fault.broken(
        "Cannot delete \(needed.joined(separator: ",")) as there are composite alarm(s) depending on \(needed.count == 1 ? "it" : "them").")
    }
    for alarm in metric { try call.remove(alarm) }
    for alarm in composite { try call.remove(alarm) }
    return Empty()
  }
}

extension Call where Home == CloudWatch {
  fileprivate func remove(_ alarm: Alarm) throws {
    try noteConfiguration(alarm, was: nil, deleted: true)
    try delete(Alarm.self, alarm.name)
    try delete(AlarmContributors.self, alarm.name)
    try transaction.cancel(EvaluateAlarm.queue, key: alarm.name, in: partition)
    let (room, name) = (room, AlarmBoard.Name(partition: partition, name: alarm.name))
    transaction.afterCommit { room.board.remove(name) }
  }

  fileprivate func remove(_ alarm: CompositeAlarm) throws {
    try noteConfiguration(alarm, was: nil, deleted: true)
    try unlink(alarm.name)
    try delete(CompositeAlarm.self, alarm.name)
    try transaction.cancel(EndSuppression.queue, key: alarm.name, in: partition)
  }
}
