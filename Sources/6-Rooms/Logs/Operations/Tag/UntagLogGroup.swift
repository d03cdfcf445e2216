import ServiceKit

/// The older form of UntagResource. Source: Amazon CloudWatch Logs API Reference, UntagLogGroup.
struct UntagLogGroup: Operation {
  struct Input: Shape {
    var logGroupName: String
    var tags: [String]
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group), .count("tags", \.tags, 1...Int.max),
        .each("tags", \.tags, 1...128),
      ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    var group = try call.group(input.logGroupName)
    for key in input.tags { group.tags[key] = nil }
    try call.put(group)
    return Empty()
  }
}
