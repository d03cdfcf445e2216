import JSON
import ServiceKit
import Store
import Time
import Wire

/// Answers attributes of a queue. Source: Amazon SQS API Reference, GetQueueAttributes.
struct GetQueueAttributes: Operation {
  struct Input: Shape {
    var queueUrl: String
    var attributeNames: [String]?
  }
  struct Output: Shape { var attributes: [String: String]? }

  static func run(_ input: Input, _ call: Call<SQS>) throws -> Output {
    let queue = try call.queue(input.queueUrl)
    let agenda = queue.agenda(call.partition)
    let total = try call.transaction.count(agenda)
    let visible = try call.transaction.count(agenda, dueBy: call.now)
    var all: [String: String] = [
      "QueueArn": call.arn(queue.name).description, "VisibilityTimeout": "\(queue.visibilityTimeout)",
      "DelaySeconds": "\(queue.delaySeconds)",
      "MaximumMessageSize": "\(queue.maximumMessageSize)", "MessageRetentionPeriod": "\(queue.messageRetentionPeriod)",
      "ReceiveMessageWaitTimeSeconds": "\(queue.receiveMessageWaitTimeSeconds)", "CreatedTimestamp": "\(queue.created.seconds)",
      "LastModifiedTimestamp": "\(queue.modified.seconds)", "ApproximateNumberOfMessages": "\(visible)",
      "ApproximateNumberOfMessagesNotVisible": "\(total - visible)", "ApproximateNumberOfMessagesDelayed": "0",
      "SqsManagedSseEnabled": "false",
    ]
    if let policy = queue.policy { all["Policy"] = policy }
    if let redrive = queue.redrivePolicy { all["RedrivePolicy"] = try JSONValue(encoding: redrive).text }
    let names = input.attributeNames ?? []
    if !names.contains("All") {
      for name in names where all[name] == nil && !Self.absent.contains(name) {
        throw Fault("InvalidAttributeName", "Unknown Attribute \(name).")
      }
      all = all.filter { names.contains($0.key) }
    }
    return Output(attributes: all.isEmpty ? nil : all)
  }

  /// Attributes a queue may have but need not.
  private static let absent: Set<String> = [
    "Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope", "FifoThroughputLimit",
  ]
}
