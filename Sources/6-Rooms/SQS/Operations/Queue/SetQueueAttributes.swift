import ServiceKit
import Wire

/// Changes attributes of a queue. Source: Amazon SQS API Reference, SetQueueAttributes.
struct SetQueueAttributes: Operation {
  struct Input: Shape {
    var queueUrl: String
    var attributes: [String: String]?
  }

  static func run(_ input: Input, _ call: Call<SQS>) throws -> Empty {
    var queue = try call.queue(input.queueUrl)
    try queue.set(input.attributes ?? [:])
    queue.modified = call.now
    try call.put(queue)
    return Empty()
  }
}
