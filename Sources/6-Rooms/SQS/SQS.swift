import JSON
import ServiceKit
import Store
import Time
import Wire

/// Message queues. Source: Amazon SQS API Reference.
///
/// Each queue is a queue of the Agenda: a message is an entry due when it may be received, pushed back by the visibility time-out
/// with every receipt.
package final class SQS: Room {
  package static let identity = ServiceIdentity(
    id: "sqs", signingName: "sqs", protocols: [.awsJson10], targetPrefix: "AmazonSQS", apiVersion: "2012-11-05",
    xmlNamespace: "http://queue.amazonaws.com/doc/2012-11-05/", queryCompatible: true)
  package static let memberCase = JSONMemberCase.pascal
  package static let validationCode = "InvalidParameterValue"
  package static let operations: [any OperationDescription<SQS>.Type] = [
    CreateQueue.self, DeleteQueue.self, GetQueueUrl.self, ListQueues.self, GetQueueAttributes.self, SetQueueAttributes.self,
    PurgeQueue.self,
    SendMessage.self, SendMessageBatch.self, ReceiveMessage.self, DeleteMessage.self, DeleteMessageBatch.self,
    ChangeMessageVisibility.self,
  ]

  package let context: RoomContext
  /// Wakes receivers that wait for messages.
  let arrivals: Arrivals

  package init(_ context: RoomContext) {
    self.context = context
    arrivals = Arrivals(context, prefix: Queue.agendaPrefix)
  }

  package static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? {
    let arn = delivery.target
    guard !arn.resource.contains("/") else { return nil }
    var input: JSONObject = ["QueueUrl": .string(arn.description), "MessageBody": .string(delivery.text)]
    if let group = delivery.parameters["SqsParameters"]?["MessageGroupId"] { input["MessageGroupId"] = group }
    if let trace = delivery.trace {
      input["MessageSystemAttributes"] = ["AWSTraceHeader": ["DataType": "String", "StringValue": .string(trace)]]
    }
    return ("SendMessage", .object(input))
  }

  package func stop() async { arrivals.wakeAll() }
}
