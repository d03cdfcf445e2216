import ServiceKit
import Store

/// Deletes the messages of a queue, those in flight too. Source: Amazon SQS API Reference, PurgeQueue.
struct PurgeQueue: Operation {
  struct Input: Shape { var queueUrl: String }

  static func run(_ input: Input, _ call: Call<SQS>) throws -> Empty {
    let queue = try call.queue(input.queueUrl)
    try call.transaction.empty(queue.agenda(call.partition))
    return Empty()
  }
}
