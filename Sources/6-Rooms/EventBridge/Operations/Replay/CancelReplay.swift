import ServiceKit
import Store

/// Stops a replay that is starting or running; what it has replayed stays so. Source: Amazon EventBridge API Reference, CancelReplay.
struct CancelReplay: Operation {
  struct Input: Shape {
    var replayName: String
    static var limits: [Limit<Self>] { [.length("replayName", \.replayName, 1...64, .resourceName)] }
  }
  struct Output: Shape {
    var replayArn: String
    var state: String
    var stateReason: String?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "replay/\(input.replayName)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    var replay = try call.replay(input.replayName)
    guard replay.state == .starting || replay.state == .running else {
      throw Fault("IllegalStatusException", "Replay \(replay.name) is not in a valid state for this operation.")
    }
    replay.state = .cancelling
    try call.put(replay)
    return Output(replayArn: replay.arn(call.partition).description, state: replay.state.rawValue)
  }
}
