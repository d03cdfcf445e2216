import ServiceKit

/// Takes tags from a log group. Source: Amazon CloudWatch Logs API Reference, UntagResource.
struct UntagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tagKeys: [String]
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    try call.untag(try call.tagged(input.resourceArn), input.tagKeys)
    return Empty()
  }
}
