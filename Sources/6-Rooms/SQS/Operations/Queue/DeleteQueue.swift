import ServiceKit
import Store

/// Deletes a queue with its messages. Source: Amazon SQS API Reference, DeleteQueue.
struct DeleteQueue: Operation {
  struct Input: Shape { var queueUrl: String }

  static func run(_ input: Input, _ call: Call<SQS>) throws -> Empty {
    let queue = try call.queue(input.queueUrl)
    try call.transaction.empty(queue.agenda(call.partition))
    try call.delete(Queue.self, queue.name)
    return Empty()
  }
}
