import ServiceKit
import Wire

/// Puts up to ten messages into a queue; each succeeds or fails by itself. Source: Amazon SQS API Reference, SendMessageBatch.
struct SendMessageBatch: Operation {
  struct Input: Shape {
    var queueUrl: String
    var entries: [Entry]
  }
  struct Entry: Shape {
    var id: String
    var messageBody: String
    var delaySeconds: Int?
    var messageAttributes: [String: MessageAttribute]?
    var messageSystemAttributes: [String: MessageAttribute]?
  }
  struct Output: Shape {
    var successful: [Sent]
    var failed: [BatchFailure]
  }
  struct Sent: Shape {
    var id: String
    var messageId: String
    var mD5OfMessageBody: String
    var mD5OfMessageAttributes: String?
    var mD5OfMessageSystemAttributes: String?
  }
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: Call<SQS>) throws -> Output {
    let queue = try call.queue(input.queueUrl)
    try Batch.check(input.entries.map(\.id))
    var output = Output(successful: [], failed: [])
    for entry in input.entries {
      do {
        let sent = try SendMessage.send(
          entry.messageBody, entry.messageAttributes, entry.messageSystemAttributes, entry.delaySeconds, to: queue, call)
        output.successful.append(
          Sent(
            id: entry.id, messageId: sent.messageId, mD5OfMessageBody: sent.mD5OfMessageBody,
            mD5OfMessageAttributes: sent.mD5OfMessageAttributes, mD5OfMessageSystemAttributes: sent.mD5OfMessageSystemAttributes))
      } catch let fault as Fault {
        output.failed.append(BatchFailure(id: entry.id, fault))
      }
    }
    return output
  }
}

/// One entry of a batch that was refused.
struct BatchFailure: Shape {
  var id: String
  var senderFault: Bool
  var code: String
  var message: String

  init(id: String, _ fault: Fault) {
    self.id = id
    senderFault = fault.isSender
    code = fault.code
    message = fault.message
  }
}

enum Batch {
  /// Throws when the batch is empty, has over ten entries or two with the same id.
  static func check(_ ids: [String]) throws {
    if ids.isEmpty {
      throw Fault(
        "EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request.",
        queryCode: "AWS.SimpleQueueService.EmptyBatchRequest")
    }
    if ids.count > 10 {
      throw Fault(
        "TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent \(ids.count).",
        queryCode: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
    }
    if let twice = Dictionary(grouping: ids, by: { $0 }).first(where: { $0.value.count > 1 })?.key {
      throw Fault(
        "BatchEntryIdsNotDistinct", "Id \(twice) repeated.", queryCode: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
    }
  }
}
