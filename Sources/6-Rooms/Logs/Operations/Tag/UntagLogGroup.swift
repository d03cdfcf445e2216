import ServiceKit

/// The older form of UntagResource. Source: Amazon CloudWatch Logs API Reference, UntagLogGroup.
struct UntagLogGroup: Operation {
  struct Input: Shape {
    var logGroupName: String
    var tags: [String]
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    try call.untag(try call.group(input.logGroupName), input.tags)
    return Empty()
  }
}
