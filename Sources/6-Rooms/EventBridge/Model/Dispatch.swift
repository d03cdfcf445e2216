import JSON
import ServiceKit
import Time

/// An event on its way through buses.
struct Routed: Codable, Sendable {
  var event: Event
  /// How many buses passed it on before.
  var hops: Int
  var ingested: Timestamp
  /// The run of a scheduled rule that it is the event of, by its key in the ledger.
  var run: String?
  /// The X-Ray trace header it was put with.
  var trace: String?
  /// The request that put it; nil for one that comes from within.
  var request: String?
}

/// An event on its way to one target, as the Agenda keeps it. The target is the one the rule had when it matched.
struct Dispatch: Codable, Sendable {
  var rule: String
  var target: Target
  var routed: Routed
  /// The same through all attempts: what makes a repeated delivery recognizable.
  var id: String
  var attempt: Int
  var first: Timestamp
}
