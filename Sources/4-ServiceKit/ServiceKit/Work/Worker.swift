import JSON
import Logging
import Store
import Time

/// Does the work of one Agenda queue of a room.
package protocol Worker<Home>: Sendable {
  associatedtype Home: Room
  /// The queue's name, led by the room: `events.deliver`. Never changed once released.
  static var queue: String { get }
  /// How many tasks run at once, those of all lanes together.
  static var concurrency: Int { get }
  /// How many tasks of one lane run at once.
  static var laneConcurrency: Int { get }
  /// Longer than any task takes, time-outs included.
  static var lease: Duration { get }
  /// How long before it is due a task is given to the worker, which makes ready what it can and then waits by `work.untilDue()`.
  static var lookahead: Duration { get }
  /// Does one task.
  ///
  /// Whatever it changes in the store goes through `work.finish`, which completes the task in the same transaction. A task that returns
  /// without `finish`, `release` or an error is completed; one that throws is tried again later, its error logged.
  static func run(_ task: AgendaTask, _ work: Work<Home>) async throws
}

extension Worker {
  package static var concurrency: Int { 64 }
  package static var laneConcurrency: Int { concurrency }
  package static var lease: Duration { .seconds(600) }
  package static var lookahead: Duration { .zero }
}

/// The claim was lost while the work was done: somebody replaced or cancelled the task. What the transaction wrote is undone.
package struct ClaimLost: Error {}

/// One task being worked on.
package final class Work<Home: Room>: Sendable {
  package let room: Home
  package let task: AgendaTask
  private let settled = Settled()

  init(room: Home, task: AgendaTask) {
    self.room = room
    self.task = task
  }

  package var partition: Partition { task.entry.partition }
  package var now: Timestamp { room.context.clock.now() }

  /// The payload as it was scheduled. Throws when it is not of that type.
  package func payload<Payload: Decodable>(_ type: Payload.Type = Payload.self) throws -> Payload {
    try JSONValue(parsing: task.entry.payload).decode(type)
  }

  /// A context for calls this room makes of itself, or under the role where given.
  package func context(role: String? = nil, session: String = "martlet", memberCase: JSONMemberCase? = nil) -> CallContext {
    let principal = Home.identity.principal
    let caller = role.map { Caller.role($0, session: session, service: principal, in: partition) } ?? .service(principal, in: partition)
    return CallContext(
      caller: caller, requestID: room.context.identifiers.uuid(), now: now, memberCase: memberCase, invokedBy: principal)
  }

  /// Runs the body and completes the task, in one transaction. Throws ClaimLost, and keeps nothing, when the claim no longer holds.
  @discardableResult
  package func finish<Result: Sendable>(_ body: @escaping @Sendable (Call<Home>) throws -> Result) async throws -> Result {
    let (room, task, context) = (room, task, context())
    let result = try await room.context.store.write { transaction in
      guard try transaction.complete(task) else { throw ClaimLost() }
      return try body(Call(room: room, context: context, transaction: transaction))
    }
    settled.set()
    return result
  }

  /// Returns when the task is due: at once unless it was given ahead of its time.
  package func untilDue() async throws {
    guard now < task.entry.due else { return }
    try await room.context.clock.sleep(until: task.entry.due)
  }

  /// As `finish`, with the next task of the same key in place of this one. Throws ClaimLost as `finish` does.
  package func renew<Result: Sendable>(
    due: Timestamp, payload: [UInt8], _ body: @escaping @Sendable (Call<Home>) throws -> Result
  ) async throws -> Result {
    let (room, task, context) = (room, task, context())
    let result = try await room.context.store.write { transaction in
      guard try transaction.renew(task, due: due, payload: payload) else { throw ClaimLost() }
      return try body(Call(room: room, context: context, transaction: transaction))
    }
    settled.set()
    return result
  }

  /// Once the task is due, runs the body and completes the task, or puts the next of the same key in its place. Throws ClaimLost as `finish`
  /// does. Tasks that are due together share transactions: see `DueWrites`.
  package func settleWhenDue<Result: Sendable>(
    next: (due: Timestamp, payload: [UInt8])?, _ body: @escaping @Sendable (Call<Home>) throws -> Result
  ) async throws -> Result {
    let (room, task, context) = (room, task, context())
    let result = try await room.context.dueWrites.write(at: task.entry.due) { transaction, now in
      let holds =
        if let next { try transaction.renew(task, due: next.due, payload: next.payload) } else { try transaction.complete(task) }
      guard holds else { throw ClaimLost() }
      var context = context
      context.now = now
      return try body(Call(room: room, context: context, transaction: transaction))
    }
    settled.set()
    return result
  }

  /// Runs the body and, when it answers no fault, completes the task in the same transaction; with a fault the task stays claimed.
  ///
  /// For work whose one effect is a call that may be refused: the effect and its completion are one, a refusal is for the worker to judge.
  package func settle(_ body: @escaping @Sendable (Call<Home>) throws -> Fault?) async throws -> Fault? {
    let (room, task, context) = (room, task, context())
    let fault = try await room.context.store.write { transaction -> Fault? in
      if let fault = try body(Call(room: room, context: context, transaction: transaction)) { return fault }
      guard try transaction.complete(task) else { throw ClaimLost() }
      return nil
    }
    if fault == nil { settled.set() }
    return fault
  }

  /// Runs the body in a transaction that leaves the task claimed.
  package func write<Result: Sendable>(_ body: @escaping @Sendable (Call<Home>) throws -> Result) async throws -> Result {
    let (room, context) = (room, context())
    return try await room.context.store.write { try body(Call(room: room, context: context, transaction: $0)) }
  }

  package func read<Result: Sendable>(_ body: @escaping @Sendable (Call<Home>) throws -> Result) async throws -> Result {
    let (room, context) = (room, context())
    return try await room.context.store.read { try body(Call(room: room, context: context, transaction: $0)) }
  }

  /// Gives the task back to be done later, with another payload where given, in one transaction with the body.
  package func release<Payload: Codable & Sendable>(
    until due: Timestamp, payload: Payload?, _ body: @escaping @Sendable (Call<Home>) throws -> Void = { _ in }
  ) async throws {
    let bytes = try payload.map { try JSONValue(encoding: $0).bytes }
    let (room, task, context) = (room, task, context())
    try await room.context.store.write { transaction in
      guard try transaction.release(task, due: due, payload: bytes) else { throw ClaimLost() }
      try body(Call(room: room, context: context, transaction: transaction))
    }
    settled.set()
  }

  package func release(until due: Timestamp) async throws { try await release(until: due, payload: String?.none) }

  var isSettled: Bool { settled.value }
}
