import ServiceKit

/// Answers the URL of a queue. Source: Amazon SQS API Reference, GetQueueUrl.
struct GetQueueUrl: Operation {
  struct Input: Shape { var queueName: String }
  struct Output: Shape { var queueUrl: String }

  static func run(_ input: Input, _ call: Call<SQS>) throws -> Output {
    guard try call.get(Queue.self, input.queueName) != nil else { throw Fault.queueDoesNotExist }
    return Output(queueUrl: call.url(input.queueName))
  }
}
