import ServiceKit
import Store
import Time

/// Starts to put an archive's events of a time window on their bus again. Source: Amazon EventBridge API Reference, StartReplay.
///
/// The window is by the events' own times, its start included, its end not.
struct StartReplay: Operation {
  struct Input: Shape {
    var replayName: String
    var description: String?
    var eventSourceArn: String
    var eventStartTime: Timestamp
    var eventEndTime: Timestamp
    var destination: ReplayDestination
    static var limits: [Limit<Self>] {
      [
        .length("replayName", \.replayName, 1...64, .resourceName), .length("description", \.description, 0...512),
        .length("eventSourceArn", \.eventSourceArn, 1...1_600, .eventBusARN),
      ]
    }
  }
  struct Output: Shape {
    var replayArn: String
    var state: String
    var stateReason: String?
    var replayStartTime: Timestamp
  }
  private static let mostAtOnce = 10

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "replay/\(input.replayName)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    guard let destination = ARN(input.destination.arn), destination.service == "events", destination.resourceType == "event-bus" else {
      throw Fault.invalidParameter("Destination.Arn", "Must contain an event bus ARN.")
    }
    let bus = try call.ownBus(input.destination.arn, parameter: "Destination.Arn")
    let source = ARN(input.eventSourceArn)
    let name = source?.resourceName ?? input.eventSourceArn
    guard source?.resourceType == "archive", source?.account == call.caller.account, source?.region == call.caller.region,
      let archive = try call.get(Archive.self, name)
    else { throw Fault.invalidParameter("EventSourceArn", "Archive \(name) does not exist.") }
    guard archive.bus == bus else { throw Fault.invalidParameter("Destination.Arn", "Cross event bus replay is not permitted.") }
    guard input.eventStartTime < input.eventEndTime else {
      throw Fault.invalidParameter("EventEndTime", "EventStartTime must be before EventEndTime.")
    }
    guard try call.get(Replay.self, input.replayName) == nil else { throw Fault.alreadyExists("Replay \(input.replayName)") }
    for filter in input.destination.filterArns ?? [] { try check(filter, bus, call) }
    if call.enforcesQuotas {
      let active = try call.transaction.page(Replay.self, in: call.partition, index: "active", equals: "1", limit: mostAtOnce)
      if active.items.count >= mostAtOnce { throw Fault.limitExceeded }
    }
    let replay = Replay(
      name: input.replayName, description: input.description, state: .starting, archive: archive.name, archiveID: archive.id, bus: bus,
      destination: input.destination, start: input.eventStartTime, end: input.eventEndTime, began: call.now)
    try call.put(replay, when: .absent)
    try call.schedule(RunReplay.Step(replay: replay.name), for: RunReplay.queue, key: replay.name)
    return Output(
      replayArn: replay.arn(call.partition).description, state: replay.state.rawValue, stateReason: nil, replayStartTime: call.now)
  }

  private static func check(_ filter: String, _ bus: String, _ call: Call<EventBridge>) throws {
    guard let key = Rule.key(arn: filter), key.hasPrefix(Rule.key(bus, "")), let arn = ARN(filter), arn.account == call.caller.account,
      arn.region == call.caller.region
    else { throw Fault.invalidParameter("Destination.FilterArns", "\(filter) is not a rule of the destination's event bus.") }
    guard try call.get(Rule.self, key) != nil else { throw Fault.ruleNotFound(String(key.dropFirst(bus.count + 1)), bus: bus) }
  }
}
