import ServiceKit
import Store

/// Takes tags from a state machine. Source: AWS Step Functions API Reference, UntagResource.
struct UntagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tagKeys: [String]
  }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    var machine = try call.tagged(input.resourceArn)
    for key in input.tagKeys { machine.tags[key] = nil }
    try call.put(machine)
    return Empty()
  }
}
