import ServiceKit
import Wire

/// Lists the tags of a resource. Source: AWS Batch API Reference, ListTagsForResource.
struct ListTagsForResource: Operation {
  struct Input: Shape { var resourceArn: String }
  struct Output: Shape { var tags: [String: String] }
  static let route: OperationRoute? = OperationRoute("GET", "/v1/tags/{resourceArn}")

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Output {
    Output(tags: try call.changeTags(of: input.resourceArn) { _ in })
  }
}
