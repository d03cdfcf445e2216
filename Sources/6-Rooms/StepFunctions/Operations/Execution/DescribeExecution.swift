import JSON
import ServiceKit
import Time

/// Describes an execution; of Express executions only children of a map run are known.
///
/// Source: AWS Step Functions API Reference, DescribeExecution.
struct DescribeExecution: Operation {
  struct Input: Shape {
    var executionArn: String
    var includedData: String?
    static var limits: [Limit<Self>] {
      [.arn("executionArn", \.executionArn), .oneOf("includedData", \.includedData, ["ALL_DATA", "METADATA_ONLY"])]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.executionArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Document {
    let isWhole = input.includedData != "METADATA_ONLY"
    let description: JSONValue
    if ARN(input.executionArn)?.resourceType == "express" {
      description = try call.description(of: try call.expressChild(input.executionArn), includingData: isWhole)
    } else {
      description = try call.description(of: try call.execution(input.executionArn), includingData: isWhole)
    }
    return Document(description, for: call.context)
  }
}

/// An answer that is put together member by member.
struct Document: Shape {
  var value: JSONValue
  init(_ value: JSONValue) { self.value = value }
  /// Of a document whose instants are numbers of seconds: members and instants as the call wants them.
  init(_ value: JSONValue, for context: CallContext) {
    var value = value
    if context.dialect == .text, case .object(var object) = value {
      for name in ["startDate", "stopDate", "redriveDate", "timestamp"] {
        if let seconds = object[name]?.double { object[name] = .string(Timestamp(epochSeconds: seconds).iso8601(.milliseconds)) }
      }
      value = .object(object)
    }
    self.value = JSONCase.value(value, context.memberCase)
  }
  init(from decoder: any Decoder) throws { value = try JSONValue(from: decoder) }
  func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
