import ServiceKit
import Wire

/// Takes tags from a resource. Source: AWS Batch API Reference, UntagResource.
struct UntagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tagKeys: [String]
  }
  static let route: OperationRoute? = OperationRoute("DELETE", "/v1/tags/{resourceArn}", query: ["tagKeys": "tagKeys[]"])

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Empty {
    try call.changeTags(of: input.resourceArn) { tags in
      for key in input.tagKeys { tags[key] = nil }
    }
    return Empty()
  }
}
