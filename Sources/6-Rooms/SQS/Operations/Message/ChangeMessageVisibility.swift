import ServiceKit
import Store
import Time

/// Sets when a received message can be received again. Source: Amazon SQS API Reference, ChangeMessageVisibility.
struct ChangeMessageVisibility: Operation {
  struct Input: Shape {
    var queueUrl: String
    var receiptHandle: String
    var visibilityTimeout: Int
  }
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: Call<SQS>) throws -> Empty {
    guard (0...43_200).contains(input.visibilityTimeout) else {
      throw Fault.parameter("\(input.visibilityTimeout)", "VisibilityTimeout", "VisibilityTimeout must be >= 0 and <= 43200.")
    }
    let queue = try call.queue(input.queueUrl)
    let agenda = queue.agenda(call.partition)
    guard let message = try call.transaction.message(input.receiptHandle, agenda: agenda, in: call.partition) else {
      throw Fault(
        "MessageNotInflight", "The specified message is not in flight.", queryCode: "AWS.SimpleQueueService.MessageNotInflight")
    }
    try call.transaction.enqueue(message, agenda: agenda, in: call.partition, due: call.now + .seconds(input.visibilityTimeout))
    return Empty()
  }
}
