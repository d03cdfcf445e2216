import ServiceKit

/// Lists the tags of a state machine or activity. Source: AWS Step Functions API Reference, ListTagsForResource.
struct ListTagsForResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    static var limits: [Limit<Self>] { [.arn("resourceArn", \.resourceArn)] }
  }
  struct Output: Shape { var tags: [Tag] }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.resourceArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    Output(tags: Tag.list(try call.tags(of: input.resourceArn)))
  }
}
