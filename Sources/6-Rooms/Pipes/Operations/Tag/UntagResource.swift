import ServiceKit
import Wire

/// Takes tags from a pipe. Source: Amazon EventBridge Pipes API Reference, UntagResource.
struct UntagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tagKeys: [String]
    static var limits: [Limit<Self>] {
      [.length("resourceArn", \.resourceArn, 1...1_600), .count("tagKeys", \.tagKeys, 0...50), .each("tagKeys", \.tagKeys, 1...128)]
    }
  }
  static let route: OperationRoute? = OperationRoute("DELETE", "/tags/{ResourceArn}", query: ["tagKeys": "TagKeys[]"])

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.resourceArn) ?? caller.arn("pipes", "*") }

  static func run(_ input: Input, _ call: Call<Pipes>) throws -> Empty {
    var pipe = try call.tagged(input.resourceArn)
    for key in input.tagKeys { pipe.tags[key] = nil }
    try call.put(pipe)
    return Empty()
  }
}
