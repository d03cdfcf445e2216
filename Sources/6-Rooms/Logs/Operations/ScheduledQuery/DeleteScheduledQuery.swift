import ServiceKit
import Store

/// Deletes a scheduled query and its history. Source: Amazon CloudWatch Logs API Reference, DeleteScheduledQuery.
struct DeleteScheduledQuery: Operation {
  struct Input: Shape {
    var identifier: String
    static var limits: [Limit<Self>] { [.length("identifier", \.identifier, 1...300)] }
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    let query = try call.scheduledQuery(input.identifier)
    try call.delete(ScheduledQuery.self, query.name)
    try call.transaction.cancel(RunScheduledQuery.queue, key: query.id, in: call.partition)
    try call.transaction.delete(query.history(in: call.partition))
    return Empty()
  }
}
