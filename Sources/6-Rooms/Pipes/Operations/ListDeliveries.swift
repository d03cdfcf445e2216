import ServiceKit

/// Lists the attempts to hand events to a pipe's target, newest first: what was sent where, when, with what result.
///
/// Differs: AWS has no such operation.
struct ListDeliveries: Operation {
  struct Input: DeliveryQuery {
    var name: String
    var outcome: String?
    var id: String?
    var nextToken: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName)] + queryLimits }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("pipes", "pipe/\(input.name)") }

  static func run(_ input: Input, _ call: Call<Pipes>) throws -> DeliveryPage {
    try call.deliveries(of: try call.pipe(input.name).arn(call.partition), input)
  }
}
