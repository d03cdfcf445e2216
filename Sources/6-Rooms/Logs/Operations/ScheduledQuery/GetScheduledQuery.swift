import ServiceKit

/// Describes a scheduled query. Source: Amazon CloudWatch Logs API Reference, GetScheduledQuery.
struct GetScheduledQuery: Operation {
  struct Input: Shape {
    var identifier: String
    static var limits: [Limit<Self>] { [.length("identifier", \.identifier, 1...300)] }
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> ScheduledQueryShape {
    ScheduledQueryShape(try call.scheduledQuery(input.identifier), call.partition)
  }
}
