import JSON
import Store
import Time

extension Fault {
  /// Whether the same call may succeed later: the server was at fault, or there were too many calls.
  package var mayPass: Bool { status >= 500 || isThrottling || code.contains("LimitExceeded") }

  /// Whether there were too many calls.
  package var isThrottling: Bool { status == 429 || code.contains("Throttl") || code.contains("TooManyRequests") }
}

extension Fault {
  private static let postponement = "InvocationRateLimitExceeded"

  /// Nothing was attempted, because the target gets no more for now: the delivery waits, and no attempt is counted.
  package static func postponed(_ message: String, by wait: Duration) -> Fault {
    Fault(postponement, message, status: 429, fields: ["RetryAfterSeconds": .double(wait.secondsAsDouble)])
  }
  package var isPostponed: Bool { code == Self.postponement }

  /// How long the target wants to be left alone; at most a day.
  package var retryAfter: Duration? {
    fields["RetryAfterSeconds"]?.double.map { .microseconds(Int64(min(max($0, 0), 86_400) * 1_000_000)) }
  }
}

/// How long a delivery to a target is tried again. Source: EventBridge User Guide, "How EventBridge retries delivering events".
package struct RetryPolicy: Sendable {
  /// Attempts after the first: 0...185.
  package var attempts: Int
  /// Counted from the first attempt.
  package var age: Duration

  package init(attempts: Int? = nil, ageInSeconds: Int? = nil) {
    self.attempts = attempts ?? 185
    age = .seconds(ageInSeconds ?? 86_400)
  }

  package enum Verdict: Sendable, Equatable {
    case again(Timestamp)
    /// Given up; why, as dead-letter queues are told it: `MaximumRetryAttempts` or `MaximumEventAgeInSeconds`, nil for a fault that will not pass.
    case exhausted(String?)
  }

  /// - Parameters:
  ///   - failures: attempts made, all of them failed.
  ///   - id: unique to the delivery; spreads its pauses.
  package func verdict(_ fault: Fault, failures: Int, first: Timestamp, now: Timestamp, id: String) -> Verdict {
    guard fault.mayPass else { return .exhausted(nil) }
    let wanted = now + (fault.retryAfter ?? .zero)
    if fault.isPostponed { return wanted - first <= age ? .again(wanted) : .exhausted("MaximumEventAgeInSeconds") }
    guard failures <= attempts else { return .exhausted("MaximumRetryAttempts") }
    // Exponential from one second to five minutes, each pause spread over its second half.
    let full = Int64(min(300, 1 << min(failures - 1, 9))) * 1_000
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in "\(id)\(failures)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let pause = full / 2 + Int64(hash % UInt64(full / 2 + 1))
    let next = max(now + .milliseconds(pause), wanted)
    guard next - first <= age else { return .exhausted("MaximumEventAgeInSeconds") }
    return .again(next)
  }
}

/// What could not be delivered goes to a queue that the user named.
package enum DeadLetter {
  /// Sends the text with the attributes EventBridge and Scheduler give: all of type String. With the transaction it is called in.
  static func send(
    _ text: String, attributes: [String: String], trace: String?, to queue: String, _ invoker: Invoker, _ context: CallContext,
    in transaction: any Transaction
  ) throws(Fault) {
    var typed = JSONObject()
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) where !value.isEmpty {
      typed[name] = ["DataType": "String", "StringValue": .string(value)]
    }
    var input: JSONObject = ["QueueUrl": .string(queue), "MessageBody": .string(text), "MessageAttributes": .object(typed)]
    if let trace { input["MessageSystemAttributes"] = ["AWSTraceHeader": ["DataType": "String", "StringValue": .string(trace)]] }
    _ = try invoker.call("sqs", "SendMessage", .object(input), context, in: transaction)
  }
}
