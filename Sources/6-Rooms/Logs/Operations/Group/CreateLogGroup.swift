import ServiceKit
import Store

/// Makes a log group. Source: Amazon CloudWatch Logs API Reference, CreateLogGroup.
struct CreateLogGroup: AsyncOperation {
  struct Input: Shape {
    var logGroupName: String
    var kmsKeyId: String?
    var tags: [String: String]?
    var logGroupClass: String?
    var deletionProtectionEnabled: Bool?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group), .length("kmsKeyId", \.kmsKeyId, 0...256),
        .oneOf("logGroupClass", \.logGroupClass, LogGroup.classes), .count("tags", \.tags, 1...50),
      ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Empty {
    try Tags.check(input.tags ?? [:])
    if input.logGroupName.hasPrefix("aws/") {
      throw Fault.parameter("Log groups starting with aws/ are reserved for AWS.")
    }
    let id = call.room.context.identifiers.uuid()
    let key = try await input.kmsKeyId.asyncMap { try await call.newKey($0, group: id) }
    return try await call.write { call in
      guard try call.get(LogGroup.self, input.logGroupName) == nil else {
        throw Fault("ResourceAlreadyExistsException", "The specified log group already exists")
      }
      if call.enforcesQuotas, try call.transaction.count(LogGroup.kind, in: call.partition, prefix: "") >= 1_000_000 { throw Fault.limit() }
      try call.change(
        LogGroup(
          name: input.logGroupName, id: id, created: call.now,
          retentionInDays: call.enforcesQuotas && input.logGroupClass == "DELIVERY" ? 2 : nil, kmsKeyId: input.kmsKeyId,
          logGroupClass: input.logGroupClass ?? "STANDARD", tags: input.tags ?? [:],
          deletionProtected: input.deletionProtectionEnabled ?? false, dataKey: key))
      return Empty()
    }
  }
}

extension Optional where Wrapped: Sendable {
  func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async throws -> Result? {
    guard let self else { return nil }
    return try await transform(self)
  }
}
