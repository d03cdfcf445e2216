import ServiceKit
import Store
import Wire

/// Deletes up to ten received messages. Source: Amazon SQS API Reference, DeleteMessageBatch.
struct DeleteMessageBatch: Operation {
  struct Input: Shape {
    var queueUrl: String
    var entries: [Entry]
  }
  struct Entry: Shape {
    var id: String
    var receiptHandle: String
  }
  struct Output: Shape {
    var successful: [Deleted]
    var failed: [BatchFailure]
  }
  struct Deleted: Shape { var id: String }
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: Call<SQS>) throws -> Output {
    let queue = try call.queue(input.queueUrl)
    try Batch.check(input.entries.map(\.id))
    var output = Output(successful: [], failed: [])
    for entry in input.entries {
      do {
        try DeleteMessage.delete(entry.receiptHandle, queue, call)
        output.successful.append(Deleted(id: entry.id))
      } catch let fault as Fault {
        output.failed.append(BatchFailure(id: entry.id, fault))
      }
    }
    return output
  }
}
