import ServiceKit

/// Lists the tags of an alarm. Source: Amazon CloudWatch API Reference, ListTagsForResource.
struct ListTagsForResource: Operation {
  struct Input: Shape { var resourceARN: String }
  struct Output: Shape { var tags: [Tag] }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    Output(tags: Tag.list(try call.tags(of: input.resourceARN)))
  }
}
