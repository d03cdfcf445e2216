import JSON
import ServiceKit
import Store
import Wire

/// Creates a standard queue, or answers the one that is there with the same attributes. Source: Amazon SQS API Reference, CreateQueue.
struct CreateQueue: Operation {
  struct Input: Shape {
    var queueName: String
    var attributes: [String: String]?
  }
  struct Output: Shape { var queueUrl: String }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("sqs", input.queueName) }

  static func run(_ input: Input, _ call: Call<SQS>) throws -> Output {
    let name = input.queueName
    if name.hasSuffix(".fifo") {
      throw Fault(
        "UnsupportedOperation", "FIFO queues are not served by Martlet.", queryCode: "AWS.SimpleQueueService.UnsupportedOperation")
    }
    guard (1...80).contains(name.utf8.count),
      name.utf8.allSatisfy({ $0 == 45 || $0 == 95 || Character(UnicodeScalar($0)).isLetter || ($0 >= 48 && $0 <= 57) })
    else {
      throw Fault("InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
    }
    var wanted = Queue(name: name, now: call.now)
    try wanted.set(input.attributes ?? [:])
    if let existing = try call.get(Queue.self, name) {
      wanted.created = existing.created
      wanted.modified = existing.modified
      guard try JSONValue(encoding: wanted) == JSONValue(encoding: existing) else {
        throw Fault(
          "QueueNameExists", "A queue already exists with the same name and a different value for attribute(s).",
          queryCode: "QueueAlreadyExists")
      }
    } else {
      try call.put(wanted, when: .absent)
    }
    return Output(queueUrl: call.url(name))
  }
}
