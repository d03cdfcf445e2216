import ServiceKit

/// The older form of TagResource. Source: Amazon CloudWatch Logs API Reference, TagLogGroup.
struct TagLogGroup: Operation {
  struct Input: Shape {
    var logGroupName: String
    var tags: [String: String]
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    try call.tag(try call.group(input.logGroupName), input.tags)
    return Empty()
  }
}
