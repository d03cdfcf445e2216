import JSON
import ServiceKit
import Store
import Time

/// A queue and its attributes.
struct Queue: Resource {
  static let kind = "sqs.queue"
  static let agendaPrefix = "sqs.messages/"
  var name: String
  var visibilityTimeout: Int
  var delaySeconds: Int
  var maximumMessageSize: Int
  var messageRetentionPeriod: Int
  var receiveMessageWaitTimeSeconds: Int
  /// The dead-letter queue's ARN and how many receipts a message survives.
  var redrivePolicy: RedrivePolicy?
  var policy: String?
  var created: Timestamp
  var modified: Timestamp
  var key: String { name }
  static let isReadOften = true

  struct RedrivePolicy: Codable, Sendable, Equatable {
    var deadLetterTargetArn: String
    var maxReceiveCount: Int
  }

  init(name: String, now: Timestamp) {
    self.name = name
    visibilityTimeout = 30
    delaySeconds = 0
    maximumMessageSize = 1_048_576
    messageRetentionPeriod = 345_600
    receiveMessageWaitTimeSeconds = 0
    created = now
    modified = now
  }

  /// The Agenda queue that holds the messages.
  func agenda(_ partition: Partition) -> String { Self.agenda(name, partition) }
  static func agenda(_ name: String, _ partition: Partition) -> String { "\(agendaPrefix)\(partition.text)/\(name)" }

  /// Sets what the caller gave. Throws InvalidAttributeName or InvalidAttributeValue naming the attribute.
  mutating func set(_ attributes: [String: String]) throws {
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      switch name {
      case "VisibilityTimeout": visibilityTimeout = try Self.number(name, value, 0...43_200)
      case "DelaySeconds": delaySeconds = try Self.number(name, value, 0...900)
      case "MaximumMessageSize": maximumMessageSize = try Self.number(name, value, 1_024...1_048_576)
      case "MessageRetentionPeriod": messageRetentionPeriod = try Self.number(name, value, 60...1_209_600)
      case "ReceiveMessageWaitTimeSeconds": receiveMessageWaitTimeSeconds = try Self.number(name, value, 0...20)
      case "Policy": policy = value.isEmpty ? nil : value
      case "RedrivePolicy": redrivePolicy = try Self.redrive(value)
      case "SqsManagedSseEnabled" where value == "true" || value == "false": break
      case "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit":
        throw Fault(
          "UnsupportedOperation", "FIFO queues are not served by Martlet.", queryCode: "AWS.SimpleQueueService.UnsupportedOperation")
      default: throw Fault("InvalidAttributeName", "Unknown Attribute \(name).")
      }
    }
  }

  private static func number(_ name: String, _ value: String, _ range: ClosedRange<Int>) throws -> Int {
    guard let number = Int(value), range.contains(number) else {
      throw Fault("InvalidAttributeValue", "Invalid value for the parameter \(name).")
    }
    return number
  }

  private static func redrive(_ text: String) throws -> RedrivePolicy? {
    if text.isEmpty { return nil }
    let wrong = Fault("InvalidAttributeValue", "Value \(text) for parameter RedrivePolicy is invalid. Reason: Redrive policy is not valid.")
    guard let policy = try? JSONValue(parsing: text), let arn = policy["deadLetterTargetArn"]?.string, ARN(arn)?.service == "sqs" else {
      throw wrong
    }
    guard let count = policy["maxReceiveCount"]?.int ?? policy["maxReceiveCount"]?.string.flatMap({ Int64($0) }),
      (1...1_000).contains(count)
    else { throw wrong }
    return RedrivePolicy(deadLetterTargetArn: arn, maxReceiveCount: Int(count))
  }
}

extension Call where Home == SQS {
  /// The queue of a URL or ARN. Throws QueueDoesNotExist.
  func queue(_ url: String) throws -> Queue {
    guard let name = url.split(whereSeparator: { $0 == "/" || $0 == ":" }).last, let queue = try get(Queue.self, String(name)) else {
      throw Fault.queueDoesNotExist
    }
    return queue
  }

  func url(_ name: String) -> String { "\(room.context.endpoint)/\(caller.account)/\(name)" }
}

extension AsyncCall where Home == SQS {
  func url(_ name: String) -> String { "\(room.context.endpoint)/\(caller.account)/\(name)" }
}

extension Fault {
  static let queueDoesNotExist = Fault(
    "QueueDoesNotExist", "The specified queue does not exist.", queryCode: "AWS.SimpleQueueService.NonExistentQueue")
  static func receiptInvalid(_ handle: String) -> Fault {
    Fault("ReceiptHandleIsInvalid", "The input receipt handle \"\(handle)\" is not a valid receipt handle.", status: 404)
  }
  static func parameter(_ value: String, _ name: String, _ reason: String) -> Fault {
    Fault("InvalidParameterValue", "Value \(value) for parameter \(name) is invalid. Reason: \(reason)")
  }
}
