import ServiceKit
import Store

/// Makes a log group. Source: Amazon CloudWatch Logs API Reference, CreateLogGroup.
struct CreateLogGroup: Operation {
  struct Input: Shape {
    var logGroupName: String
    var kmsKeyId: String?
    var tags: [String: String]?
    var logGroupClass: String?
    var deletionProtectionEnabled: Bool?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group),
        .oneOf("logGroupClass", \.logGroupClass, ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]),
      ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    if input.kmsKeyId != nil { throw Fault.parameter("kmsKeyId is not served by Martlet yet: leave it out.") }
    guard try call.get(LogGroup.self, input.logGroupName) == nil else {
      throw Fault("ResourceAlreadyExistsException", "The specified log group already exists")
    }
    try call.change(
      LogGroup(
        name: input.logGroupName, id: call.room.context.identifiers.uuid(), created: call.now, kmsKeyId: nil,
        logGroupClass: input.logGroupClass ?? "STANDARD", tags: input.tags ?? [:],
        deletionProtected: input.deletionProtectionEnabled ?? false))
    return Empty()
  }
}
