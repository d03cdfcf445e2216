import ServiceKit
import Store
import Wire

/// Deletes a received message. One that is gone already is deleted too, as on AWS. Source: Amazon SQS API Reference, DeleteMessage.
struct DeleteMessage: Operation {
  struct Input: Shape {
    var queueUrl: String
    var receiptHandle: String
  }
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: Call<SQS>) throws -> Empty {
    let queue = try call.queue(input.queueUrl)
    try delete(input.receiptHandle, queue, call)
    return Empty()
  }

  static func delete(_ handle: String, _ queue: Queue, _ call: Call<SQS>) throws {
    let agenda = queue.agenda(call.partition)
    guard let message = try call.transaction.message(handle, agenda: agenda, in: call.partition) else { return }
    try call.transaction.cancel(agenda, key: message.id, in: call.partition)
  }
}
