import JSON
import Store
import Time
import Wire

/// The answer once given for a client token: a repeated call with it has no second effect.
struct RememberedCall: Resource {
  static let kind = "servicekit.client-token"
  /// `service/operation/token`
  var key: String
  var input: JSONValue
  var output: JSONValue
}

enum ClientTokens {
  /// How long an answer is remembered.
  static let retention = Duration.seconds(24 * 3_600)
  static let queue = "servicekit.forget-token"

  /// Runs the body, or answers what it answered when the same token came with the same input before.
  /// Throws IdempotentParameterMismatch-like ConflictException when the input differs.
  static func once(
    _ token: String, _ handler: OperationHandler, _ input: JSONValue, _ context: CallContext, _ transaction: any Transaction,
    _ body: () throws -> JSONValue
  ) throws -> JSONValue {
    let partition = context.caller.partition
    let key = "\(handler.service.id)/\(handler.name)/\(token)"
    if let known = try transaction.get(RememberedCall.self, key, in: partition) {
      guard known.input == input else {
        throw Fault("ConflictException", "The client token '\(token)' was used before with other parameters.", status: 409)
      }
      return known.output
    }
    let output = try body()
    try transaction.put(RememberedCall(key: key, input: input, output: output), in: partition)
    try transaction.schedule(
      AgendaEntry(queue: queue, partition: partition, key: key, due: context.now + retention, payload: Array(key.utf8)))
    return output
  }
}
