import ServiceKit
import Store

/// Makes or changes a destination. Source: Amazon CloudWatch Logs API Reference, PutDestination.
struct PutDestination: Operation {
  struct Input: Shape {
    var destinationName: String
    var targetArn: String
    var roleArn: String
    var tags: [String: String]?
    static var limits: [Limit<Self>] {
      [
        .length("destinationName", \.destinationName, 1...512, LogName.stream), .length("targetArn", \.targetArn, 1...2_048),
        .length("roleArn", \.roleArn, 1...2_048), .count("tags", \.tags, 1...50),
      ]
    }
  }
  struct Output: Shape { var destination: DestinationShape }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "destination:\(input.destinationName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    guard let target = ARN(input.targetArn) else { throw Fault.parameter("targetArn is not a valid ARN: \(input.targetArn)") }
    try ForwardTarget.check(target)
    try Tags.check(input.tags ?? [:])
    let before = try call.get(Destination.self, input.destinationName)
    let destination = Destination(
      name: input.destinationName, targetArn: input.targetArn, roleArn: input.roleArn, accessPolicy: before?.accessPolicy,
      tags: input.tags ?? before?.tags ?? [:], created: before?.created ?? call.now)
    try call.put(destination)
    return Output(destination: DestinationShape(destination, call.partition))
  }
}

extension Call where Home == Logs {
  /// Throws ResourceNotFoundException.
  func destination(_ name: String) throws -> Destination {
    guard let found = try get(Destination.self, name) else { throw Fault.notFound("The specified destination does not exist.") }
    return found
  }
}
