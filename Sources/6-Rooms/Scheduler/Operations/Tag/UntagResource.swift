import ServiceKit
import Wire

/// Takes tags from a group. Source: EventBridge Scheduler API Reference, UntagResource.
struct UntagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tagKeys: [String]
    static var limits: [Limit<Self>] {
      [.length("resourceArn", \.resourceArn, 1...1_011), .count("tagKeys", \.tagKeys, 0...200), .each("tagKeys", \.tagKeys, 1...128)]
    }
  }
  static let route: OperationRoute? = OperationRoute("DELETE", "/tags/{ResourceArn}", query: ["TagKeys": "TagKeys[]"])

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Empty {
    var group = try call.tagged(input.resourceArn)
    for key in input.tagKeys { group.tags[key] = nil }
    try call.put(group)
    return Empty()
  }
}
