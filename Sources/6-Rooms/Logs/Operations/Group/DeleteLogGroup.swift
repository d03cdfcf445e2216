import Series
import ServiceKit
import Store

/// Deletes a log group with everything in it; the disk is freed. Source: Amazon CloudWatch Logs API Reference, DeleteLogGroup.
struct DeleteLogGroup: AsyncOperation {
  struct Input: Shape {
    var logGroupName: String
    static var limits: [Limit<Self>] { [.length("logGroupName", \.logGroupName, 1...512, LogName.group)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Empty {
    let id = try await call.write { call in
      let group = try call.group(input.logGroupName)
      if group.deletionProtected {
        throw Fault.operation("The specified log group has deletion protection enabled; disable it before deleting the log group.")
      }
      try call.delete(LogGroup.self, group.name)
      try call.deleteAll(LogStream.self, prefix: "\(group.name):")
      try call.deleteAll(MetricFilter.self, prefix: "\(group.name):")
      try call.transaction.forEach(SubscriptionFilter.self, in: call.partition, prefix: "\(group.name):") { filter in
        try call.drop(filter)
        return true
      }
      try call.delete(ResourcePolicy.self, ResourcePolicy.key(name: nil, resource: group.arn(call.partition).description))
      call.room.forget(group.name, in: call.partition, after: call.transaction)
      try RemoveEvents.schedule(.init(group: group.id), call)
      return group.id
    }
    do { try await call.room.engine.deleteGroup(id) } catch { throw Fault.unavailable(error.message) }
    return Empty()
  }
}

extension Call where Home == Logs {
  func deleteAll<Value: Resource>(_ type: Value.Type, prefix: String) throws {
    while true {
      let page: Page<Value> = try transaction.page(type, in: partition, prefix: prefix, limit: 500)
      for item in page.items { try delete(type, item.key) }
      if page.next == nil { return }
    }
  }
}
