import ServiceKit

/// Takes tags from a state machine or activity. Source: AWS Step Functions API Reference, UntagResource.
struct UntagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tagKeys: [String]
    static var limits: [Limit<Self>] { [.arn("resourceArn", \.resourceArn)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.resourceArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    try call.retag(input.resourceArn) { tags throws(Fault) in
      for key in input.tagKeys { tags[key] = nil }
    }
    return Empty()
  }
}
