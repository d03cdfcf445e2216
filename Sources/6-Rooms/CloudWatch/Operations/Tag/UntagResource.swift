import ServiceKit

/// Takes tags from an alarm. Source: Amazon CloudWatch API Reference, UntagResource.
struct UntagResource: Operation {
  struct Input: Shape {
    var resourceARN: String
    var tagKeys: [String]
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    try call.changeTags(of: input.resourceARN) { tags in for key in input.tagKeys { tags[key] = nil } }
    return Empty()
  }
}
