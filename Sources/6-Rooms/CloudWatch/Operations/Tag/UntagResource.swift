import ServiceKit

/// Takes tags from an alarm. Source: Amazon CloudWatch API Reference, UntagResource.
struct UntagResource: Operation {
  struct Input: Shape {
    var resourceARN: String
    var tagKeys: [String]
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    var alarm = try call.tagged(input.resourceARN)
    for key in input.tagKeys { alarm.tags[key] = nil }
    try call.put(alarm)
    return Empty()
  }
}
