import JSON
import Store
import Time
import Wire

/// Whether an operation changes the store.
package enum Access: Sendable {
  case read, write
}

/// How much of a call goes into the audit trail. The call itself always does.
package enum AuditDetail: Sendable {
  /// Parameters and answer.
  case full
  /// Neither: they carry users' data or secrets.
  case callOnly
}

/// What every operation declares, whether it runs in a transaction or waits. Use `Operation` or `AsyncOperation`.
package protocol OperationDescription<Home>: Sendable {
  associatedtype Home: Room
  associatedtype Input: Shape
  associatedtype Output: Shape

  /// The name on the wire and in IAM actions: by default the type's.
  static var name: String { get }
  /// By default read for names that begin as AWS's reading operations do (Describe, List, Get, ...), else write.
  static var access: Access { get }
  static var audit: AuditDetail { get }
  /// Method, path and bindings, for rooms that speak restJson1 or restXml.
  static var route: OperationRoute? { get }
  /// Which members of the answer are maps or flattened lists in XML.
  static var xml: XMLHints { get }
  /// Whether a request without a signature may call it.
  static var isOpen: Bool { get }
  /// A member of JSON inputs that is not decoded: the operation gets its text in `CallContext.raw`. For what is large and simple.
  static var rawMember: String? { get }
  /// Whether it ends or waits after a fraction of a millisecond: it may then run on a connection's event loop, which serves others too.
  /// Operations that write in a transaction wait for it and need not say so.
  static var isBrief: Bool { get }
  /// The member that names the call so that a repetition has no second effect, where AWS has one.
  static func clientToken(_ input: Input) -> String?
  /// What the call acts on, for authorization and audit. By default everything of the service.
  static func resource(_ input: Input, _ caller: Caller) -> ARN

  /// The operation bound to its room. Supplied by `Operation` and `AsyncOperation`.
  static func handler(in room: Home) -> OperationHandler
}

extension OperationDescription {
  package static var name: String { String(describing: Self.self) }
  package static var access: Access { OperationName.reads(name) ? .read : .write }
  package static var audit: AuditDetail { .full }
  package static var route: OperationRoute? { nil }
  package static var xml: XMLHints { XMLHints() }
  package static var isOpen: Bool { false }
  package static var rawMember: String? { nil }
  package static var isBrief: Bool { false }
  package static func clientToken(_ input: Input) -> String? { nil }
  package static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn(Home.identity.signingName, "*") }
}

/// An operation that does all its work at once, inside one transaction.
package protocol Operation<Home>: OperationDescription {
  // Said again so that the compiler infers all three from `run`.
  associatedtype Home
  associatedtype Input
  associatedtype Output

  /// Does the work. Throws Fault for whatever the caller did wrong; then nothing of it is kept.
  static func run(_ input: Input, _ call: Call<Home>) throws -> Output
}

/// An operation that waits, or whose data lives outside the transactional store.
package protocol AsyncOperation<Home>: OperationDescription {
  associatedtype Home
  associatedtype Input
  associatedtype Output

  static func run(_ input: Input, _ call: AsyncCall<Home>) async throws -> Output
}

/// An operation that answers an event stream: messages one after the other, until the caller goes away or the stream ends.
package protocol StreamOperation<Home>: OperationDescription where Output == Empty {
  associatedtype Home
  associatedtype Input

  /// Answers the stream's messages after `initial-response`. The stream's termination handler hears when the caller goes away.
  static func run(_ input: Input, _ call: AsyncCall<Home>) async throws -> AsyncStream<EventStreamMessage>
}

enum OperationName {
  private static let reading = [
    "Describe", "List", "Get", "Search", "Lookup", "Test", "Validate", "Filter", "Query", "Check", "Head", "BatchGet", "Simulate",
  ]
  static func reads(_ name: String) -> Bool { reading.contains { name.hasPrefix($0) } }
}
