import JSON
import ServiceKit

/// Describes an execution. Source: AWS Step Functions API Reference, DescribeExecution.
struct DescribeExecution: Operation {
  struct Input: Shape {
    var executionArn: String
    var includedData: String?
    static var limits: [Limit<Self>] { [.oneOf("includedData", \.includedData, ["ALL_DATA", "METADATA_ONLY"])] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.executionArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Document {
    let execution = try call.execution(input.executionArn)
    let description = try call.description(of: execution, includingData: input.includedData != "METADATA_ONLY")
    return Document(JSONCase.value(description, call.context.memberCase))
  }
}

/// An answer that is put together member by member.
struct Document: Shape {
  var value: JSONValue
  init(_ value: JSONValue) { self.value = value }
  init(from decoder: any Decoder) throws { value = try JSONValue(from: decoder) }
  func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
