import JSON
import ServiceKit
import Store
import Time
import Wire

/// Takes up to ten messages, waiting for them where asked to. Source: Amazon SQS API Reference, ReceiveMessage.
struct ReceiveMessage: AsyncOperation {
  struct Input: Shape {
    var queueUrl: String
    var maxNumberOfMessages: Int?
    var visibilityTimeout: Int?
    var waitTimeSeconds: Int?
    var attributeNames: [String]?
    var messageSystemAttributeNames: [String]?
    var messageAttributeNames: [String]?
  }
  struct Output: Shape { var messages: [Received]? }
  struct Received: Shape {
    var messageId: String
    var receiptHandle: String
    var mD5OfBody: String
    var body: String
    var attributes: [String: String]?
    var mD5OfMessageAttributes: String?
    var messageAttributes: [String: MessageAttribute]?
  }
  static let access = Access.write
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: AsyncCall<SQS>) async throws -> Output {
    let limit = input.maxNumberOfMessages ?? 1
    guard (1...10).contains(limit) else {
      throw Fault.parameter("\(limit)", "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
    }
    if let seconds = input.visibilityTimeout, !(0...43_200).contains(seconds) {
      throw Fault.parameter("\(seconds)", "VisibilityTimeout", "Must be between 0 and 43200, if provided.")
    }
    if let seconds = input.waitTimeSeconds, !(0...20).contains(seconds) {
      throw Fault.parameter("\(seconds)", "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.")
    }
    let clock = call.room.context.clock
    let queue = try await call.read { try $0.queue(input.queueUrl) }
    let agenda = queue.agenda(call.partition)
    let deadline = call.now + .seconds(input.waitTimeSeconds ?? queue.receiveMessageWaitTimeSeconds)
    while true {
      let arrivals = call.room.arrivals.count(agenda)
      let next = try await call.read { try $0.transaction.nextDue(agenda) }
      if let next, next <= clock.now() {
        let messages = try await call.write { try receive(input, limit, queue, $0, now: clock.now()) }
        if !messages.isEmpty { return Output(messages: messages) }
        continue
      }
      if clock.now() >= deadline || Task.isCancelled { return Output(messages: nil) }
      await call.room.arrivals.wait(for: agenda, since: arrivals, until: min(deadline, next ?? deadline))
    }
  }

  private static func receive(_ input: Input, _ limit: Int, _ queue: Queue, _ call: Call<SQS>, now: Timestamp) throws -> [Received] {
    let agenda = queue.agenda(call.partition)
    let visibility = Duration.seconds(input.visibilityTimeout ?? queue.visibilityTimeout)
    var received: [Received] = []
    for task in try call.transaction.claim(agenda, now: now, limit: limit, lease: .seconds(60)) {
      var message = try JSONValue(parsing: task.entry.payload).decode(Message.self)
      if message.sent + .seconds(queue.messageRetentionPeriod) < now {
        try call.transaction.complete(task)
        continue
      }
      if let redrive = queue.redrivePolicy, message.receipts >= redrive.maxReceiveCount {
        try bury(message, task, queue, redrive, call, now)
        continue
      }
      message.receipts += 1
      message.firstReceived = message.firstReceived ?? now
      let receipt = call.room.context.identifiers.hex(32)
      message.receipt = receipt
      // Pushed back rather than held under the claim, so that the time-out outlives a restart of the server.
      try call.transaction.release(task, due: now + visibility, payload: try JSONValue(encoding: message).bytes)
      received.append(shape(message, receipt, input))
    }
    return received
  }

  /// Moves a message that was received too often to the dead-letter queue; without one it is dropped into, it stays where it is.
  private static func bury(
    _ message: Message, _ task: AgendaTask, _ queue: Queue, _ redrive: Queue.RedrivePolicy, _ call: Call<SQS>, _ now: Timestamp
  ) throws {
    guard let name = ARN(redrive.deadLetterTargetArn)?.resource, try call.get(Queue.self, name) != nil else {
      try call.transaction.release(task, due: now + .seconds(queue.visibilityTimeout), payload: nil)
      return
    }
    var moved = message
    moved.receipt = nil
    moved.deadLetterSource = call.arn(queue.name).description
    try call.transaction.complete(task)
    try call.transaction.enqueue(moved, agenda: Queue.agenda(name, call.partition), in: call.partition, due: now)
  }

  private static func shape(_ message: Message, _ receipt: String, _ input: Input) -> Received {
    var system: [String: String] = [
      "SenderId": message.senderID, "SentTimestamp": "\(message.sent.milliseconds)", "ApproximateReceiveCount": "\(message.receipts)",
      "ApproximateFirstReceiveTimestamp": "\((message.firstReceived ?? message.sent).milliseconds)",
    ]
    if let source = message.deadLetterSource { system["DeadLetterQueueSourceArn"] = source }
    if let trace = message.trace { system["AWSTraceHeader"] = trace }
    let wanted = (input.messageSystemAttributeNames ?? []) + (input.attributeNames ?? [])
    if !wanted.contains("All") { system = system.filter { wanted.contains($0.key) } }
    let names = input.messageAttributeNames ?? []
    let attributes = (message.attributes ?? [:]).filter { name, _ in
      names.contains("All") || names.contains(".*") || names.contains(name)
        || names.contains { $0.hasSuffix(".*") && name.hasPrefix($0.dropLast(2)) }
    }
    return Received(
      messageId: message.id, receiptHandle: Message.handle(message.id, receipt), mD5OfBody: MD5.hex(Array(message.body.utf8)),
      body: message.body, attributes: system.isEmpty ? nil : system,
      mD5OfMessageAttributes: attributes.isEmpty ? nil : MD5.hex(attributes), messageAttributes: attributes.isEmpty ? nil : attributes)
  }
}
