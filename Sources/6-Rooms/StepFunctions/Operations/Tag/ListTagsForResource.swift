import ServiceKit

/// Lists the tags of a state machine. Source: AWS Step Functions API Reference, ListTagsForResource.
struct ListTagsForResource: Operation {
  struct Input: Shape { var resourceArn: String }
  struct Output: Shape { var tags: [Tag] }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    Output(tags: Tag.list(try call.tagged(input.resourceArn).tags))
  }
}
