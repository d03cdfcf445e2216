import ServiceKit
import Time

/// Describes a replay and how far it has come. Source: Amazon EventBridge API Reference, DescribeReplay.
struct DescribeReplay: Operation {
  struct Input: Shape {
    var replayName: String
    static var limits: [Limit<Self>] { [.length("replayName", \.replayName, 1...64, .resourceName)] }
  }
  struct Output: Shape {
    var replayName: String
    var replayArn: String
    var description: String?
    var state: String
    var stateReason: String?
    var eventSourceArn: String
    var destination: ReplayDestination
    var eventStartTime: Timestamp
    var eventEndTime: Timestamp
    var eventLastReplayedTime: Timestamp?
    var replayStartTime: Timestamp
    var replayEndTime: Timestamp?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "replay/\(input.replayName)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let replay = try call.replay(input.replayName)
    return Output(
      replayName: replay.name, replayArn: replay.arn(call.partition).description, description: replay.description,
      state: replay.state.rawValue, stateReason: replay.stateReason, eventSourceArn: replay.archiveARN(call.partition).description,
      destination: replay.destination, eventStartTime: replay.start, eventEndTime: replay.end,
      eventLastReplayedTime: replay.lastReplayed, replayStartTime: replay.began, replayEndTime: replay.ended)
  }
}
