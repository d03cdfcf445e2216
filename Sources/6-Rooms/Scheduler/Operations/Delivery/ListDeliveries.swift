import ServiceKit

/// Lists the attempts to call a schedule's target, newest first: what was sent where, when, with what result.
///
/// Differs: AWS has no such operation.
struct ListDeliveries: Operation {
  struct Input: DeliveryQuery {
    var name: String
    var groupName: String?
    var outcome: String?
    var id: String?
    var nextToken: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] {
      [.length("name", \.name, 1...64, .scheduleName), .length("groupName", \.groupName, 1...64, .scheduleName)] + queryLimits
    }
  }

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> DeliveryPage {
    let schedule = try call.schedule(input.name, group: input.groupName)
    return try call.deliveries(of: schedule.arn(call.partition), runs: (schedule.owner, schedule.created), input)
  }
}
