import JSON
import Logging
import ServiceKit
import Store
import Time

/// One message, or one request to confirm, on its way to one subscriber.
struct Notice: Codable, Sendable {
  var subscription: String
  /// Nil when the subscriber is asked to confirm.
  var message: PublishedMessage?
  /// Deliveries tried before.
  var attempt: Int
  var confirmation: String?
}

/// Delivers to one subscriber; a failed delivery is tried again by the policy, then goes to the dead-letter queue.
struct Deliver: Worker {
  static let queue = "sns.deliver"
  static let concurrency = 256

  static func run(_ task: AgendaTask, _ work: Work<SNS>) async throws {
    let notice = try work.payload(Notice.self)
    guard let subscription = try await work.read({ try $0.get(Subscription.self, notice.subscription) }) else { return }
    do {
      switch subscription.proto {
      case "sqs": return try await toQueue(subscription, notice, work)
      case "http", "https": try await toWeb(subscription, notice, work)
      default: try await toMailbox(subscription, notice, work)
      }
    } catch let error as OutboundError {
      try await failed(error, subscription, notice, work)
    }
  }

  private static func topicARN(_ subscription: Subscription, _ work: Work<SNS>) -> String {
    "arn:aws:sns:\(work.partition.region):\(work.partition.account):\(subscription.topic)"
  }

  private static func unsubscribeURL(_ subscription: Subscription, _ work: Work<SNS>) -> String {
    "\(work.room.context.endpoint)/?Action=Unsubscribe&SubscriptionArn=\(subscription.arn(topicARN(subscription, work)))"
  }

  /// With the completion of the task in one transaction: neither lost nor doubled.
  private static func toQueue(_ subscription: Subscription, _ notice: Notice, _ work: Work<SNS>) async throws {
    guard let message = notice.message else { return }
    let context = work.context()
    let raw = subscription.rawMessageDelivery
    let body = raw ? message.text : message.envelope(type: "Notification", unsubscribe: unsubscribeURL(subscription, work)).text
    var input: JSONObject = ["QueueUrl": .string(subscription.endpoint), "MessageBody": .string(body)]
    if raw, let attributes = message.attributes {
      input["MessageAttributes"] = try JSONValue(encoding: attributes, JSONCodecOptions(memberCase: .pascal))
    }
    let request = JSONValue.object(input)
    let refusal = try await work.settle({ call -> Fault? in
      do throws(Fault) {
        _ = try call.room.context.invoker.call("sqs", "SendMessage", request, context, in: call.transaction)
        return nil
      } catch { return error }
    })
    // AWS drops what a queue refuses too, unless the subscription has a dead-letter queue.
    if let refusal { try await bury(refusal.description, subscription, notice, work) }
  }

  private static func toWeb(_ subscription: Subscription, _ notice: Notice, _ work: Work<SNS>) async throws {
    let arn = topicARN(subscription, work)
    var headers: [(name: String, value: String)] = [
      ("Content-Type", "text/plain; charset=UTF-8"), ("User-Agent", "Amazon Simple Notification Service Agent"),
      ("x-amz-sns-topic-arn", arn),
    ]
    let body: String
    if let message = notice.message {
      headers += [
        ("x-amz-sns-message-type", "Notification"), ("x-amz-sns-message-id", message.id),
        ("x-amz-sns-subscription-arn", subscription.arn(arn)),
      ]
      if subscription.rawMessageDelivery {
        headers.append(("x-amz-sns-rawdelivery", "true"))
        body = message.text
      } else {
        body = message.envelope(type: "Notification", unsubscribe: unsubscribeURL(subscription, work)).text
      }
    } else {
      let id = work.room.context.identifiers.uuid()
      headers += [("x-amz-sns-message-type", "SubscriptionConfirmation"), ("x-amz-sns-message-id", id)]
      body = confirmation(notice.confirmation ?? "", arn, id, work).text
    }
    let answer = try await work.room.context.outbound.send(
      OutboundRequest(url: subscription.endpoint, headers: headers, body: Array(body.utf8)))
    guard (200..<300).contains(answer.status) else {
      // Source: SNS Developer Guide, "Message delivery retries": client errors but 429 are not tried again.
      throw OutboundError(
        "\(subscription.endpoint) answered \(answer.status)", mayPass: answer.status >= 500 || answer.status == 429)
    }
  }

  /// Source: SNS Developer Guide, "HTTP/HTTPS subscription confirmation JSON format".
  private static func confirmation(_ token: String, _ arn: String, _ id: String, _ work: Work<SNS>) -> JSONValue {
    [
      "Type": "SubscriptionConfirmation", "MessageId": .string(id), "Token": .string(token), "TopicArn": .string(arn),
      "Message": .string(
        "You have chosen to subscribe to the topic \(arn).\nTo confirm the subscription, visit the SubscribeURL included in this message."),
      "SubscribeURL": .string(confirmURL(token, arn, work)), "Timestamp": .string(work.now.iso8601(.milliseconds)),
    ]
  }

  private static func confirmURL(_ token: String, _ arn: String, _ work: Work<SNS>) -> String {
    "\(work.room.context.endpoint)/?Action=ConfirmSubscription&TopicArn=\(arn)&Token=\(token)"
  }

  private static func toMailbox(_ subscription: Subscription, _ notice: Notice, _ work: Work<SNS>) async throws {
    let arn = topicARN(subscription, work)
    let subject: String
    let text: String
    if let message = notice.message {
      subject = message.subject ?? "AWS Notification Message"
      if subscription.proto == "email-json" {
        text = message.envelope(type: "Notification", unsubscribe: unsubscribeURL(subscription, work)).pretty
      } else {
        text = "\(message.text)\n\n--\nTo stop receiving these messages: \(unsubscribeURL(subscription, work))\n"
      }
    } else {
      subject = "AWS Notification - Subscription Confirmation"
      let url = confirmURL(notice.confirmation ?? "", arn, work)
      text = "You have chosen to subscribe to the topic:\n\(arn)\n\nTo confirm this subscription, open: \(url)\n"
    }
    try await work.room.context.outbound.send(MailMessage(from: "", to: subscription.endpoint, subject: subject, text: text))
  }

  private static func failed(_ error: OutboundError, _ subscription: Subscription, _ notice: Notice, _ work: Work<SNS>) async throws {
    guard error.mayPass, let pause = DeliveryRetry.pause(after: notice.attempt + 1) else {
      return try await bury(error.reason, subscription, notice, work)
    }
    work.room.context.log.warning(
      "notification not delivered; it will be tried again",
      metadata: ["endpoint": "\(subscription.endpoint)", "attempt": "\(notice.attempt + 1)", "reason": "\(error.reason)"])
    var again = notice
    again.attempt += 1
    try await work.release(until: work.now + pause, payload: again)
  }

  /// Hands what could not be delivered to the subscription's dead-letter queue; says so in the log when there is none.
  private static func bury(_ reason: String, _ subscription: Subscription, _ notice: Notice, _ work: Work<SNS>) async throws {
    work.room.context.log.error(
      "notification given up",
      metadata: [
        "endpoint": "\(subscription.endpoint)", "topic": "\(subscription.topic)", "attempts": "\(notice.attempt + 1)",
        "reason": "\(reason)",
      ])
    guard let message = notice.message, let policy = subscription.redrivePolicy,
      let target = (try? JSONValue(parsing: policy))?["deadLetterTargetArn"]
    else { return }
    let body = message.envelope(type: "Notification", unsubscribe: unsubscribeURL(subscription, work)).text
    _ = try await work.room.context.invoker.call(
      "sqs", "SendMessage", ["QueueUrl": target, "MessageBody": .string(body)], work.context())
  }
}

/// When a failed delivery is tried again.
///
/// Source: SNS Developer Guide, "Delivery policies of each endpoint type", customer managed endpoints: twice 10 s apart, ten times
/// with pauses growing from 10 s to 600 s, then every 600 s, 50 tries in all.
enum DeliveryRetry {
  /// The pause before the next attempt after so many failed ones; nil when there is none more.
  static func pause(after failures: Int) -> Duration? {
    switch failures {
    case ...2: .seconds(10)
    case ...12: .seconds(min(600, 10 << (failures - 3)))
    case ...49: .seconds(600)
    default: nil
    }
  }
}
