import JSON
import ServiceKit
import Wire

/// Topics and their subscribers. Source: Amazon SNS API Reference.
package final class SNS: Room {
  package static let identity = ServiceIdentity(
    id: "sns", signingName: "sns", protocols: [.query], apiVersion: "2010-03-31", xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/")
  package static let memberCase = JSONMemberCase.pascal
  package static let validationCode = "ValidationError"
  package static let operations: [any OperationDescription<SNS>.Type] = [
    CreateTopic.self, DeleteTopic.self, ListTopics.self, GetTopicAttributes.self, SetTopicAttributes.self,
    Subscribe.self, ConfirmSubscription.self, Unsubscribe.self, ListSubscriptions.self, ListSubscriptionsByTopic.self,
    GetSubscriptionAttributes.self, SetSubscriptionAttributes.self,
    Publish.self, PublishBatch.self,
  ]
  package static let workers: [any Worker<SNS>.Type] = [Deliver.self]

  package let context: RoomContext
  package init(_ context: RoomContext) { self.context = context }

  package static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? {
    guard !delivery.target.resource.contains(":") else { return nil }
    var input: JSONObject = ["TopicArn": .string(delivery.target.description), "Message": .string(delivery.text)]
    if let subject = delivery.parameters["Subject"] { input["Subject"] = subject }
    return ("Publish", .object(input))
  }
}
