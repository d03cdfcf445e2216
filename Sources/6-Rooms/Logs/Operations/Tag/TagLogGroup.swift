import ServiceKit

/// The older form of TagResource. Source: Amazon CloudWatch Logs API Reference, TagLogGroup.
struct TagLogGroup: Operation {
  struct Input: Shape {
    var logGroupName: String
    var tags: [String: String]
    static var limits: [Limit<Self>] {
      [.length("logGroupName", \.logGroupName, 1...512, LogName.group), .count("tags", \.tags, 1...50)]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    try Tags.check(input.tags)
    var group = try call.group(input.logGroupName)
    group.tags.merge(input.tags, uniquingKeysWith: { $1 })
    if group.tags.count > 50 { throw Fault.parameter("A log group can have no more than 50 tags.") }
    try call.put(group)
    return Empty()
  }
}
