import ServiceKit

/// Publishes up to ten messages; each succeeds or fails by itself. Source: Amazon SNS API Reference, PublishBatch.
struct PublishBatch: Operation {
  struct Input: Shape {
    var topicArn: String
    var publishBatchRequestEntries: [Entry]
  }
  struct Entry: Shape {
    var id: String
    var message: String
    var subject: String?
    var messageStructure: String?
    var messageAttributes: [String: MessageAttribute]?
  }
  struct Output: Shape {
    var successful: [Sent]
    var failed: [Failure]
  }
  struct Sent: Shape {
    var id: String
    var messageId: String
  }
  struct Failure: Shape {
    var id: String
    var code: String
    var message: String
    var senderFault: Bool
  }
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Output {
    let entries = input.publishBatchRequestEntries
    if entries.isEmpty { throw Fault("EmptyBatchRequest", "The batch request doesn't contain any entries.") }
    if entries.count > 10 {
      throw Fault("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible (more than 10).")
    }
    if Set(entries.map(\.id)).count < entries.count {
      throw Fault("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
    }
    _ = try call.topic(input.topicArn)
    var output = Output(successful: [], failed: [])
    for entry in entries {
      do {
        let id = try Publish.send(
          Publish.Entry(
            message: entry.message, subject: entry.subject, structure: entry.messageStructure, attributes: entry.messageAttributes),
          to: input.topicArn, call)
        output.successful.append(Sent(id: entry.id, messageId: id))
      } catch let fault as Fault {
        output.failed.append(
          Failure(id: entry.id, code: fault.queryCode ?? fault.code, message: fault.message, senderFault: fault.isSender))
      }
    }
    return output
  }
}
