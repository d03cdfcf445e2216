import ServiceKit
import Store
import Time

/// Writes an event that a rule delivers to a group, into a stream of its own. No operation of AWS's: the way of the target
/// `log-group` of EventBridge.
struct DeliverLogEvent: AsyncOperation {
  struct Input: Shape {
    var logGroupName: String
    var logStreamName: String
    var message: String
    /// Milliseconds since 1970; nil for now.
    var timestamp: Int64?
  }
  static let audit = AuditDetail.callOnly

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Empty {
    guard call.context.invokedBy != nil else { throw Fault.unknownOperation("logs", name) }
    guard try await call.room.open(input.logGroupName, in: call.partition) != nil else { throw Fault.groupNotFound }
    let time = input.timestamp.map { Timestamp(milliseconds: $0) } ?? call.now
    try await call.room.append(
      [LogLine(time: time, message: input.message)], group: input.logGroupName, stream: input.logStreamName, in: call.partition)
    return Empty()
  }
}
