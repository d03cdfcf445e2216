import JSON
import Logging
import Store
import Time
import Wire

/// What is known of a call besides its input.
package struct CallContext: Sendable {
  package var caller: Caller
  package var requestID: String
  /// When the call arrived.
  package var now: Timestamp
  /// How members of input and output are spelled; nil: as the room's wire spells them.
  package var memberCase: JSONMemberCase?
  /// How values of the input are to be read.
  package var inputDialect: JSONDialect
  /// How values of the output are to be written.
  package var dialect: JSONDialect
  /// The service that makes the call for a user (`events.amazonaws.com`), nil for a call from outside.
  package var invokedBy: String?
  /// The text of the operation's `rawMember`, as it came; nil when the input came as a document.
  package var raw: RawMember?
  /// Takes the answer as text, where the handler `writesText`.
  package var written: WrittenAnswer?
  /// The header X-Amzn-Trace-Id that the call came with.
  package var trace: String?

  package init(
    caller: Caller, requestID: String, now: Timestamp, memberCase: JSONMemberCase? = nil,
    inputDialect: JSONDialect = .json, dialect: JSONDialect = .json,
    invokedBy: String? = nil
  ) {
    self.caller = caller
    self.requestID = requestID
    self.now = now
    self.memberCase = memberCase
    self.inputDialect = inputDialect
    self.dialect = dialect
    self.invokedBy = invokedBy
  }
}

/// Part of a request's body.
package struct RawMember: Sendable {
  package var body: [UInt8]
  package var range: Range<Int>

  package init(body: [UInt8], range: Range<Int>) {
    self.body = body
    self.range = range
  }
}

/// One call of an operation, with the transaction it runs in.
package struct Call<Home: Room> {
  package let room: Home
  package let context: CallContext
  package let transaction: any Transaction

  package init(room: Home, context: CallContext, transaction: any Transaction) {
    self.room = room
    self.context = context
    self.transaction = transaction
  }

  package var caller: Caller { context.caller }
  package var partition: Partition { context.caller.partition }
  package var now: Timestamp { context.now }
  /// Whether AWS's exact quotas hold.
  package var enforcesQuotas: Bool { room.context.limits == .aws }

  /// The ARN of a resource of this room in the caller's account and region.
  package func arn(_ resource: String) -> ARN { caller.arn(Home.identity.arnService, resource) }

  package func get<Value: Resource>(_ type: Value.Type, _ key: String) throws -> Value? {
    try transaction.get(type, key, in: partition)
  }

  @discardableResult
  package func put<Value: Resource>(_ value: Value, when expectation: Expectation = .any) throws -> Revision {
    try transaction.put(value, in: partition, when: expectation)
  }

  @discardableResult
  package func delete<Value: Resource>(_ type: Value.Type, _ key: String) throws -> Bool {
    try transaction.delete(type, key, in: partition)
  }

  /// Makes work due for a worker of this room. The payload is stored as JSON.
  package func schedule<Payload: Codable & Sendable>(_ payload: Payload, for queue: String, key: String? = nil, at due: Timestamp? = nil)
    throws
  {
    try transaction.schedule(
      AgendaEntry(
        queue: queue, partition: partition, key: key, due: due ?? now, payload: try JSONValue(encoding: payload).bytes))
  }

  /// Puts an event on the account's default bus, with this transaction.
  package func emit(_ event: Event) throws {
    try room.context.invoker.publish(event, in: partition, transaction)
  }

  /// A page of a listing, by the opaque token the caller got with the page before. Faults as `TokenSeal.open`.
  package func cursor(_ token: String?) throws -> CatalogCursor? {
    try token.map { try room.context.tokens.open($0, for: scope) }
  }

  /// The token for the page after the cursor, or nil when there is none.
  package func token(_ cursor: CatalogCursor?) -> String? {
    cursor.map { room.context.tokens.seal($0, for: scope) }
  }

  private var scope: String { "\(Home.identity.id)/\(partition.text)" }
}

/// One call of an operation that waits: transactions are opened as needed.
package struct AsyncCall<Home: Room>: Sendable {
  package let room: Home
  package let context: CallContext

  package init(room: Home, context: CallContext) {
    self.room = room
    self.context = context
  }

  package var caller: Caller { context.caller }
  package var partition: Partition { context.caller.partition }
  package var now: Timestamp { context.now }
  package var enforcesQuotas: Bool { room.context.limits == .aws }

  package func read<Result: Sendable>(_ body: @escaping @Sendable (Call<Home>) throws -> Result) async throws -> Result {
    try await room.context.store.read { try body(Call(room: room, context: context, transaction: $0)) }
  }

  package func write<Result: Sendable>(_ body: @escaping @Sendable (Call<Home>) throws -> Result) async throws -> Result {
    try await room.context.store.write { try body(Call(room: room, context: context, transaction: $0)) }
  }

  package func arn(_ resource: String) -> ARN { caller.arn(Home.identity.arnService, resource) }
}
