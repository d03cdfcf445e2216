import ServiceKit
import Wire

/// Lists the tags of a group. Source: EventBridge Scheduler API Reference, ListTagsForResource.
struct ListTagsForResource: Operation {
  struct Input: Shape { var resourceArn: String }
  struct Output: Shape { var tags: [Tag] }
  static let route: OperationRoute? = OperationRoute("GET", "/tags/{ResourceArn}")

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Output {
    let tags = try call.tagged(input.resourceArn).tags
    return Output(tags: tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) })
  }
}
