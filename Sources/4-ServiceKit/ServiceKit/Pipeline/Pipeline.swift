import JSON
import Logging
import Store
import Time
import Wire

/// The way of every call, from outside, from a workflow or from a schedule: find, decode, validate, authorize, run, audit, measure.
package struct Pipeline: Sendable {
  package let store: any Store
  package let clock: any WallClock
  package let authorizer: any Authorizer
  package let audit: AuditTrail
  package let measurements: Measurements
  package let identifiers: Identifiers
  package let log: Logger

  package init(
    store: any Store, clock: any WallClock, authorizer: any Authorizer, audit: AuditTrail, measurements: Measurements,
    identifiers: Identifiers,
    log: Logger
  ) {
    self.store = store
    self.clock = clock
    self.authorizer = authorizer
    self.audit = audit
    self.measurements = measurements
    self.identifiers = identifiers
    self.log = log
  }

  /// Runs a call by itself and answers its output. Throws Fault and nothing else.
  package func run(_ handler: OperationHandler, _ input: JSONValue, _ context: CallContext) async throws(Fault) -> JSONValue {
    let begin = clock.now()
    let record = AuditRecord(handler, input, context, id: identifiers.uuid())
    do {
      let prepared = try prepare(handler, input, context)
      let output: JSONValue
      switch prepared.work {
      case .asynchronous(let work):
        output = try await work()
        await audit.enqueue(record.succeeded(output), context.caller.partition)
      case .stream: throw Fault.validation("\(handler.name) answers an event stream, which only a caller over HTTP can take.")
      case .transactional(let work) where handler.access == .read:
        output = try await store.read { try work($0, context) }
        await audit.enqueue(record.succeeded(output), context.caller.partition)
      case .transactional:
        output = try await store.write { transaction in
          try perform(handler, prepared, input, record, nil, context, in: transaction)
        }
      }
      measurements.record(handler, code: nil, since: begin, now: clock.now())
      return output
    } catch {
      let fault = fault(for: error, handler, context)
      await audit.enqueue(record.failed(fault), context.caller.partition)
      measurements.record(handler, code: fault.code, since: begin, now: clock.now())
      throw fault
    }
  }

  /// Runs a call inside somebody else's transaction: it is kept or lost with that. Throws Fault; its own writes are then undone
  /// while the rest of the transaction stays.
  package func run(
    _ handler: OperationHandler, _ input: JSONValue, _ context: CallContext, in transaction: any Transaction
  ) throws(Fault) -> JSONValue {
    try run(handler, input, nil, context, in: transaction) { try prepare(handler, input, context) }
  }

  /// Makes a call ready for `run(_:_:in:)`, at about the context's instant. Throws the Fault it would be answered with, which is
  /// written down nowhere.
  package func ready(_ handler: OperationHandler, _ input: JSONValue, _ context: CallContext) throws(Fault) -> ReadyCall {
    do {
      let prepared = try prepare(handler, input, context)
      let audit = handler.access == .write ? AuditRecord(handler, input, context, id: identifiers.uuid()).ready : nil
      return ReadyCall(handler: handler, input: input, prepared: prepared, audit: audit.map { ($0, context.now) })
    } catch {
      throw fault(for: error, handler, context)
    }
  }

  /// Runs a call that was made ready before, under the same caller.
  package func run(_ ready: ReadyCall, _ context: CallContext, in transaction: any Transaction) throws(Fault) -> JSONValue {
    try run(ready.handler, ready.input, ready.audit(at: context.now), context, in: transaction) { ready.prepared }
  }

  /// - Parameter audit: the audit record of a success, where it is written already.
  private func run(
    _ handler: OperationHandler, _ input: JSONValue, _ audit: [UInt8]?, _ context: CallContext, in transaction: any Transaction,
    _ prepare: () throws -> PreparedCall
  ) throws(Fault) -> JSONValue {
    let begin = clock.now()
    let record = AuditRecord(handler, input, context, id: identifiers.uuid())
    do {
      let prepared = try prepare()
      let output = try transaction.savepoint { try perform(handler, prepared, input, record, audit, context, in: transaction) }
      measurements.record(handler, code: nil, since: begin, now: clock.now())
      return output
    } catch {
      let fault = fault(for: error, handler, context)
      self.audit.append(record.failed(fault), at: context.now, context.caller.partition, in: transaction)
      measurements.record(handler, code: fault.code, since: begin, now: clock.now())
      throw fault
    }
  }

  /// Begins a call that answers a stream. Throws Fault and nothing else.
  package func stream(
    _ handler: OperationHandler, _ input: JSONValue, _ context: CallContext
  ) async throws(Fault) -> AsyncStream<EventStreamMessage> {
    let begin = clock.now()
    let record = AuditRecord(handler, input, context, id: identifiers.uuid())
    do {
      guard case .stream(let work) = try prepare(handler, input, context).work else {
        throw Fault.validation("\(handler.name) answers no event stream.")
      }
      let messages = try await work()
      await audit.enqueue(record.succeeded(.object(JSONObject())), context.caller.partition)
      measurements.record(handler, code: nil, since: begin, now: clock.now())
      return messages
    } catch {
      let fault = fault(for: error, handler, context)
      await audit.enqueue(record.failed(fault), context.caller.partition)
      measurements.record(handler, code: fault.code, since: begin, now: clock.now())
      throw fault
    }
  }

  private func prepare(_ handler: OperationHandler, _ input: JSONValue, _ context: CallContext) throws -> PreparedCall {
    let prepared = try handler.prepare(input, context)
    try authorizer.authorize("\(handler.service.iamPrefix):\(handler.name)", on: prepared.resource, by: context)
    return prepared
  }

  private func perform(
    _ handler: OperationHandler, _ prepared: PreparedCall, _ input: JSONValue, _ record: AuditRecord, _ audit: [UInt8]?,
    _ context: CallContext, in transaction: any Transaction
  ) throws -> JSONValue {
    guard case .transactional(let work) = prepared.work else {
      throw Fault.unavailable("\(handler.name) waits and can not be part of a transaction.")
    }
    var output: JSONValue
    if let token = prepared.clientToken {
      output = try ClientTokens.once(token, handler, input, context, transaction) { try work(transaction, context) }
    } else {
      output = try work(transaction, context)
    }
    if handler.access == .write {
      let partition = context.caller.partition
      self.audit.append(audit ?? JSONValue.object(record.succeeded(output)).bytes, at: context.now, partition, in: transaction)
    }
    return output
  }

  private func fault(for error: any Error, _ handler: OperationHandler, _ context: CallContext) -> Fault {
    switch error {
    case let fault as Fault: return fault
    case is CancellationError: return .unavailable("The server is stopping.")
    case StoreFault.closed: return .unavailable("The server is stopping.")
    case StoreFault.diskFull: return .unavailable("The data directory's disk is full; nothing was written.")
    default:
      log.error(
        "operation failed",
        metadata: [
          "service": "\(handler.service.id)", "operation": "\(handler.name)", "request": "\(context.requestID)", "error": "\(error)",
        ])
      return .internalFailure(context.requestID)
    }
  }
}

/// Decides whether a caller may do something. Rooms never ask it: the pipeline does, once for each call.
package protocol Authorizer: Sendable {
  /// Throws `Fault.accessDenied` with the reason.
  func authorize(_ action: String, on resource: ARN, by context: CallContext) throws
}

/// Lets every caller do everything in its own account: whoever holds a valid key of the account.
package struct AccountAuthorizer: Authorizer {
  package init() {}
  package func authorize(_ action: String, on resource: ARN, by context: CallContext) throws {}
}
