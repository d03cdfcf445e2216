import Series
import ServiceKit
import Store

/// Deletes a log stream with its events. Source: Amazon CloudWatch Logs API Reference, DeleteLogStream.
struct DeleteLogStream: AsyncOperation {
  struct Input: Shape {
    var logGroupName: String
    var logStreamName: String
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group), .length("logStreamName", \.logStreamName, 1...512, LogName.stream),
      ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Empty {
    // What is stored from now on is of a stream that was made again.
    let through = call.room.engine.lastSequence
    let id = try await call.write { call in
      let group = try call.group(input.logGroupName)
      guard try call.delete(LogStream.self, LogStream.key(group.name, input.logStreamName)) else { throw Fault.streamNotFound }
      call.room.forget(group.name, in: call.partition, after: call.transaction)
      try RemoveEvents.schedule(.init(group: group.id, stream: input.logStreamName, through: through), call)
      return group.id
    }
    do { try await call.room.engine.deleteStream(group: id, stream: input.logStreamName) } catch { throw Fault.unavailable(error.message) }
    return Empty()
  }
}
