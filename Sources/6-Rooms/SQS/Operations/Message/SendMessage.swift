import JSON
import ServiceKit
import Store
import Time

/// Puts a message into a queue. Source: Amazon SQS API Reference, SendMessage.
struct SendMessage: Operation {
  struct Input: Shape {
    var queueUrl: String
    var messageBody: String
    var delaySeconds: Int?
    var messageAttributes: [String: MessageAttribute]?
    var messageSystemAttributes: [String: MessageAttribute]?
    var messageGroupId: String?
  }
  struct Output: Shape {
    var messageId: String
    var mD5OfMessageBody: String
    var mD5OfMessageAttributes: String?
    var mD5OfMessageSystemAttributes: String?
  }
  static let audit = AuditDetail.callOnly

  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    caller.arn("sqs", input.queueUrl.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map(String.init) ?? "*")
  }

  static func run(_ input: Input, _ call: Call<SQS>) throws -> Output {
    let queue = try call.queue(input.queueUrl)
    return try send(input.messageBody, input.messageAttributes, input.messageSystemAttributes, input.delaySeconds, to: queue, call)
  }

  static func send(
    _ body: String, _ attributes: [String: MessageAttribute]?, _ system: [String: MessageAttribute]?, _ delay: Int?, to queue: Queue,
    _ call: Call<SQS>
  ) throws -> Output {
    if body.isEmpty { throw Fault("MissingParameter", "The request must contain the parameter MessageBody.") }
    let size =
      body.utf8.count
      + (attributes ?? [:]).reduce(0) { sum, attribute in
        sum + attribute.key.utf8.count + attribute.value.dataType.utf8.count + (attribute.value.stringValue?.utf8.count ?? 0)
          + (attribute.value.binaryValue?.bytes.count ?? 0)
      }
    guard size <= queue.maximumMessageSize else {
      throw Fault(
        "InvalidParameterValue",
        "One or more parameters are invalid. Reason: Message must be shorter than \(queue.maximumMessageSize) bytes.")
    }
    if let delay, !(0...900).contains(delay) {
      throw Fault.parameter("\(delay)", "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
    }
    for (name, value) in attributes ?? [:] {
      let kind = value.dataType.split(separator: ".").first.map(String.init) ?? ""
      guard ["String", "Number", "Binary"].contains(kind), (kind == "Binary") == (value.binaryValue != nil),
        kind == "Binary" || value.stringValue?.isEmpty == false
      else {
        throw Fault(
          "InvalidParameterValue", "The message attribute '\(name)' must contain a non-empty value of its type '\(value.dataType)'.")
      }
    }
    let message = Message(
      id: call.room.context.identifiers.uuid(at: call.now), body: body, attributes: attributes, senderID: call.caller.userID,
      sent: call.now, receipts: 0, trace: try trace(system))
    try call.transaction.enqueue(
      message, agenda: queue.agenda(call.partition), in: call.partition, due: call.now + .seconds(delay ?? queue.delaySeconds))
    return Output(
      messageId: message.id, mD5OfMessageBody: MD5.hex(Array(body.utf8)), mD5OfMessageAttributes: attributes.map { MD5.hex($0) },
      mD5OfMessageSystemAttributes: system.flatMap { $0.isEmpty ? nil : MD5.hex($0) })
  }

  /// The one system attribute that can be sent. Source: SQS Developer Guide, "Message system attributes".
  private static func trace(_ system: [String: MessageAttribute]?) throws -> String? {
    if let other = system?.keys.sorted().first(where: { $0 != "AWSTraceHeader" }) {
      throw Fault("InvalidParameterValue", "Message system attribute name '\(other)' is invalid.")
    }
    guard let header = system?["AWSTraceHeader"] else { return nil }
    guard header.dataType == "String", let text = header.stringValue, !text.isEmpty, text.utf8.count <= 2_048 else {
      throw Fault("InvalidParameterValue", "Message system attribute 'AWSTraceHeader' must be a non-empty String.")
    }
    return text
  }
}
