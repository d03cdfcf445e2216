import JSON
import ServiceKit
import Store
import Time

/// Sends one request to an API destination, as a rule or pipe does whose target it is. Answers the endpoint's answer of status 2xx.
///
/// Faults: ResourceNotFoundException; ERROR_FROM_TARGET for any other status, to be tried again (status 503) for 401, 407, 409, 429 and 5xx, with the
/// field StatusCode, and RetryAfterSeconds where the endpoint named a time; CONNECTION_FAILURE when no answer comes within five seconds;
/// AUTHORIZATION_FAILED; InvocationRateLimitExceeded over the destination's rate, with RetryAfterSeconds: the same DeliveryId then goes
/// at once.
///
/// Source: EventBridge User Guide, "API destinations as targets in Amazon EventBridge".
struct InvokeApiDestination: AsyncOperation {
  struct Input: Shape {
    var apiDestinationArn: String
    var httpParameters: Parameters?
    var body: String?
    /// Unique to the delivery, the same when it is tried again.
    var deliveryId: String?
    /// Sent as X-Amzn-Trace-Id.
    var traceHeader: String?
    static var limits: [Limit<Self>] { [.length("apiDestinationArn", \.apiDestinationArn, 1...1_600)] }
  }
  /// Source: Amazon EventBridge API Reference, HttpParameters.
  struct Parameters: Shape {
    var pathParameterValues: [String]?
    var headerParameters: [String: String]?
    var queryStringParameters: [String: String]?
  }
  static let audit = AuditDetail.callOnly
  private static let timeout = Duration.seconds(5)

  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    ARN(input.apiDestinationArn) ?? caller.arn("events", "api-destination/*")
  }

  static func run(_ input: Input, _ call: AsyncCall<EventBridge>) async throws -> InvokeConnection.Output {
    let name = ARN(input.apiDestinationArn)?.resourceName.split(separator: "/").first.map(String.init) ?? input.apiDestinationArn
    let (destination, connection) = try await call.read { inner in
      let destination = try inner.destination(name)
      guard destination.arn(inner.partition).description == input.apiDestinationArn else { throw Fault.destinationNotFound(name) }
      return (destination, try inner.connection(arn: destination.connectionArn))
    }
    var request = HttpCall(method: destination.method, url: destination.endpoint, body: input.body ?? "")
    try request.fill(path: input.httpParameters?.pathParameterValues ?? [])
    for (name, value) in (input.httpParameters?.headerParameters ?? [:]).sorted(by: { $0.key < $1.key }) {
      request.set(header: name, value)
    }
    for (name, value) in (input.httpParameters?.queryStringParameters ?? [:]).sorted(by: { $0.key < $1.key }) {
      request.set(query: name, value)
    }
    if let trace = input.traceHeader { request.set(header: "X-Amzn-Trace-Id", trace) }
    let clock = call.room.context.clock
    if let wait = call.room.rates.wait(destination.id, perSecond: destination.rate, id: input.deliveryId, now: clock.now()) {
      throw Fault.postponed("The API destination \(destination.name) gets as many requests as it may.", by: wait)
    }
    let answer = try await call.room.send(request, connection, timeout: timeout, in: call.partition)
    if let fault = EventBridge.fault(answer, now: clock.now()) { throw fault }
    return InvokeConnection.Output(answer)
  }
}
