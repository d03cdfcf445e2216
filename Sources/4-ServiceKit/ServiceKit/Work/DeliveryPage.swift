import JSON
import Store
import Time

/// A page of a source's delivery log, as the rooms' ListDeliveries answer it, newest first.
package struct DeliveryPage: Shape {
  package struct Delivery: Shape {
    var deliveryId: String
    var targetArn: String
    var time: Timestamp
    var attempt: Int
    var outcome: String
    /// What was sent; its beginning where `sentBytes` is more.
    var sent: String
    var sentBytes: Int
    var answer: JSONValue?
    var errorCode: String?
    var errorMessage: String?
    /// `MaximumRetryAttempts` or `MaximumEventAgeInSeconds`; nil for a fault that would not pass.
    var exhaustedRetryCondition: String?
    var nextAttempt: Timestamp?
    var eventId: String?

    init(_ record: DeliveryRecord) {
      deliveryId = record.id
      targetArn = record.target
      time = record.at
      attempt = record.attempt
      outcome = record.outcome.rawValue
      sent = record.sent
      sentBytes = record.sentBytes
      answer = record.answer
      errorCode = record.errorCode
      errorMessage = record.errorMessage
      exhaustedRetryCondition = record.exhausted
      nextAttempt = record.next
      eventId = record.cause
    }
  }
  package var deliveries: [Delivery]
  package var nextToken: String?
}

/// What every ListDeliveries takes besides the name of its source.
package protocol DeliveryQuery: Shape {
  /// `DELIVERED`, `RETRYING`, `DEAD_LETTERED` or `DROPPED`; nil for all.
  var outcome: String? { get }
  /// The id of a delivery or of the event it came from; nil for all.
  var id: String? { get }
  var nextToken: String? { get }
  var maxResults: Int? { get }
}

extension DeliveryQuery {
  package static var queryLimits: [Limit<Self>] {
    [
      .oneOf("outcome", \.outcome, DeliveryRecord.Outcome.allCases.map(\.rawValue)), .length("id", \.id, 1...256),
      .range("maxResults", \.maxResults, 1...500),
    ]
  }
}

extension Call {
  /// The page of the source's deliveries that is asked for.
  ///
  /// - Parameter runs: whose runs tell of deliveries too, and since when.
  package func deliveries(
    of source: ARN, runs: (owner: RunOwner, since: Timestamp)? = nil, _ query: some DeliveryQuery
  ) throws -> DeliveryPage {
    let after = try cursor(query.nextToken).map { DeliveryLog.Place($0) }
    let (records, next) = try DeliveryLog.latest(
      query.maxResults ?? 100, after: after, of: source, runs: runs, in: partition, transaction
    ) {
      (query.outcome == nil || $0.outcome.rawValue == query.outcome) && (query.id == nil || $0.id == query.id || $0.cause == query.id)
    }
    return DeliveryPage(deliveries: records.map { .init($0) }, nextToken: token(next?.cursor))
  }
}
